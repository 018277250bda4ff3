"""What may stand in the configuration file: one class a table, with every default. `values` has what becomes of it.

Defaults that follow from other settings (a port from `tls`, a user from the reader's address) are filled in,
so that nobody outside needs to know the rule. Every field's description is what a person is told to write.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, get_args

from pydantic import Field, StrictInt, field_validator
from pydantic_core.core_schema import ValidationInfo

from triage.config.couriers import CourierConfig, ImapCourierConfig, SmtpCourierConfig
from triage.config.fields import Address, Clock, Country, OptionalFolder, OptionalFolderPath, Switch, Text, Zone
from triage.config.mailboxes import ImapMailboxConfig, MailboxConfig
from triage.config.table import Table, refuse

DailyLimit = Annotated[StrictInt, Field(ge=1, le=24, description="a whole number from 1 to 24")]
WeeklyLimit = Annotated[StrictInt, Field(ge=1, le=168, description="a whole number from 1 to 168")]
BeforeDays = Annotated[StrictInt, Field(ge=0, le=7, description="a whole number from 0 to 7")]
TaperWeeks = Annotated[StrictInt, Field(ge=0, le=10, description="a whole number from 0 to 10")]
Days = Annotated[StrictInt, Field(ge=1, le=365, description="a whole number from 1 to 365")]
Language = Annotated[Literal["en", "de", "fr", "es"], Field(description='"en", "de", "fr" or "es"')]
_MailLanguage = Literal["en", "de", "es", "fr", "it", "nl", "pl", "pt", "sv"]
MailLanguages = Annotated[
    tuple[_MailLanguage, ...],
    Field(min_length=1, description='a list of "en", "de", "es", "fr", "it", "nl", "pl", "pt" and "sv"'),
]
LogLevel = Annotated[
    Literal["error", "warning", "info", "debug"], Field(description='"error", "warning", "info" or "debug"')
]
Tone = Annotated[Literal["gentle", "plain", "numbers-first"], Field(description='"gentle", "plain" or "numbers-first"')]


class ReaderConfig(Table):
    """The person who gets the letters, and nobody else does."""

    address: Address
    name: Text = ""
    language: Language = "en"
    mail_languages: MailLanguages = get_args(_MailLanguage)
    time_zone: Zone = ""
    country: Country = ""


class LettersConfig(Table):
    """When letters may come, how many, and how they sound. Times are the reader's local time.

    From `quiet_from` up to `quiet_to` no letter comes; equal times mean no quiet hours.
    """

    quiet_from: Clock = time(20)
    quiet_to: Clock = time(8)
    hour: Clock = time(10)
    weekends: Switch = False
    most_per_day: DailyLimit = 1
    most_per_week: WeeklyLimit = 3
    weekly: Switch = True
    before_days: BeforeDays = 3
    after_talk: Switch = True
    taper_weeks: TaperWeeks = 6
    quiet_after_days: Days = 14
    silent_after_days: Days = 45
    quiet_after_talk_days: Days = 7
    silent_after_screen_days: Days = 21
    silent_after_talk_days: Days = 30
    volunteering: Switch = False
    formal: Switch = False
    tone: Tone = "gentle"
    templates: OptionalFolderPath = None

    @field_validator("hour")
    @classmethod
    def _not_in_the_quiet_hours(cls, hour: time, info: ValidationInfo) -> time:
        start, end = info.data.get("quiet_from"), info.data.get("quiet_to")
        if start is not None and end is not None and _within(hour, start, end):
            raise refuse("the daily letter would fall into the quiet hours; change hour, quiet_from or quiet_to")
        return hour


def _within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


class DraftsConfig(Table):
    """Where drafts for employers may be put, for the reader to send. Empty: nowhere; "auto": the server's own place."""

    folder: OptionalFolder = ""


class StoreConfig(Table):
    """Where the log is kept, and whether it is encrypted there; None leaves the place to `locate.store_folder`."""

    path: OptionalFolderPath = None
    encrypted: Switch = False


class PrivacyConfig(Table):
    """What may be written down."""

    keep_feedback: Switch = True


class ServiceConfig(Table):
    """How much the running service says, and whether the desktop hears of letters."""

    log_level: LogLevel = "info"
    notifications: Switch = False


class Config(Table):
    """The whole file: every mailbox has a name of its own, every account a user, the courier a mailbox."""

    reader: ReaderConfig = Field(description="a table with the reader's address")
    mailboxes: tuple[MailboxConfig, ...] = Field(
        validation_alias="mailbox",
        min_length=1,
        description="one table or more, with two brackets: [[mailbox]]",
    )
    letters: LettersConfig = Field(default=LettersConfig(), description="a table")
    courier: CourierConfig = Field(default=ImapCourierConfig(), validate_default=True, description="a table")
    drafts: DraftsConfig = Field(default=DraftsConfig(), description="a table")
    store: StoreConfig = Field(default=StoreConfig(), description="a table")
    privacy: PrivacyConfig = Field(default=PrivacyConfig(), description="a table")
    service: ServiceConfig = Field(default=ServiceConfig(), description="a table")

    @field_validator("mailboxes")
    @classmethod
    def _complete_mailboxes(
        cls, mailboxes: tuple[MailboxConfig, ...], info: ValidationInfo
    ) -> tuple[MailboxConfig, ...]:
        if "reader" not in info.data:
            return mailboxes
        complete = tuple(mailbox.completed(info.data["reader"].address) for mailbox in mailboxes)
        names = [mailbox.name for mailbox in complete]
        for number, name in enumerate(names, 1):
            if name in names[: number - 1]:
                raise refuse(
                    f"no. {names.index(name) + 1} and no. {number} have the same name; "
                    'give each a name of its own, such as name = "work"'
                )
        return complete

    @field_validator("courier")
    @classmethod
    def _complete_courier(cls, courier: CourierConfig, info: ValidationInfo) -> CourierConfig:
        if "reader" not in info.data or "mailboxes" not in info.data:
            return courier
        if isinstance(courier, SmtpCourierConfig):
            return courier.completed(info.data["reader"].address)
        if isinstance(courier, ImapCourierConfig):
            return _into_a_mailbox(courier, info.data["mailboxes"])
        return courier

    @field_validator("drafts")
    @classmethod
    def _drafts_have_a_place(cls, drafts: DraftsConfig, info: ValidationInfo) -> DraftsConfig:
        mailboxes = info.data.get("mailboxes")
        if drafts.folder and mailboxes and not any(isinstance(one, ImapMailboxConfig) for one in mailboxes):
            raise refuse(
                'drafts are put into a [[mailbox]] of kind = "imap", and there is none; leave it empty, and copy them',
                "folder",
            )
        return drafts


def _into_a_mailbox(courier: ImapCourierConfig, mailboxes: tuple[MailboxConfig, ...]) -> ImapCourierConfig:
    """Settle which mailbox the letters go into: the one named, else the first IMAP one."""
    names = [mailbox.name for mailbox in mailboxes if isinstance(mailbox, ImapMailboxConfig)]
    if not names:
        raise refuse(
            'letters cannot be put into a mailbox of kind = "maildir" by IMAP; write '
            '[courier] kind = "maildir" and path = "...", or kind = "smtp" and host = "..."'
        )
    if courier.mailbox and courier.mailbox not in names:
        raise refuse('expected the name of one [[mailbox]] of kind = "imap" in this file', "mailbox")
    return courier.model_copy(update={"mailbox": courier.mailbox or names[0]})

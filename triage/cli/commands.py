"""Every command: which module of this package holds it, and what `triage --help` says of it.

So help is shown without loading them all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """`help` is how the command's own help begins; a test compares them."""

    module: str
    help: str


COMMANDS = {
    "init": Command(
        "init",
        "Set up triage, step by step: your mailbox, a first look, a sample letter, and the service.",
    ),
    "run": Command("service", "Watch the mailboxes and write letters, until stopped (SIGTERM, or Ctrl-C)."),
    "poll": Command("service", "Look at every mailbox once, write the letters that are due, deliver them, and stop."),
    "scan": Command("reading", "Judge the mails in .eml files, mbox files, Maildir folders, or folders of these."),
    "explain": Command("reading", "Say what kind of mail this is, how sure that is, and which words decided it."),
    "evaluate": Command(
        "evaluate",
        "Judge labelled mails, and show how often that was right: by kind, language and source.",
    ),
    "log": Command("log", "Show the log of your search: one line for each thing an employer did, oldest first."),
    "journey": Command(
        "applications",
        "Show your search by application: where each stands, how far it has come, and what is next.",
    ),
    "show": Command(
        "applications",
        "Show everything that is known of one APPLICATION: its mails, what you did, and the letters about it.",
    ),
    "status": Command(
        "status",
        "Show how things stand: the service, each mailbox, the letters, and anything that needs you.",
    ),
    "letter": Command(
        "letter",
        "Show the next letter, without writing or sending it: when it is due, and what it tells.",
    ),
    "report": Command(
        "report",
        "Write your search at a glance as one private page: what moved, every application over time, where they stop.",
    ),
    "import": Command(
        "importing",
        "Bring a list of applications that you kept elsewhere: FILE is a table as CSV, one application in each row.",
    ),
    "export": Command("exporting", "Write out what is remembered about your search."),
    "correct": Command(
        "correct",
        "Say what a mail really was: by its number in `triage log`, or as a file for a mail that is not in it.",
    ),
    "name": Command(
        "telling",
        "Say whom LINE of `triage log` is from, or for what work, where that was read wrongly or not at all.",
    ),
    "done": Command("telling", "Say that you took the step a letter offered."),
    "note": Command(
        "telling",
        "Keep a few lines about APPLICATION, the number `triage journey` shows; they come back before its next talk.",
    ),
    "let-go": Command(
        "telling",
        "Say that you wait no longer for an answer to APPLICATION, the number `triage journey` shows.",
    ),
    "withdrew": Command("telling", "Say that you took back APPLICATION, the number `triage journey` shows."),
    "pause": Command("telling", "No letters for a while: seven days, or as long as you say, a year at most."),
    "resume": Command("telling", "Letters again, after `triage pause` or `triage letters none`."),
    "letters": Command("telling", "Say which letters you want; without a word, show what is set."),
    "tone": Command("telling", "Say how letters should speak."),
    "questions": Command(
        "questions",
        "Tell the letters what does you good, whom you could write to, what counts as a good thing, and the like.",
    ),
    "draft": Command(
        "drafts",
        "Write a draft for an employer, for you to copy. triage itself sends nothing to anyone but you.",
    ),
    "forget": Command("keeping", "Remove lines from the log, for good: by number, by company, or all of it."),
    "backup": Command("restoring", "Make a backup of the log now, or show those there are."),
    "restore": Command(
        "restoring",
        "Go back to a backup: the newest sound one, that of a day (2026-03-02), or the copy in a file.",
    ),
    "encrypt": Command("encrypting", "Encrypt the log and its backups on the disk."),
    "decrypt": Command("encrypting", "Turn an encrypted log, and its backups, into plain files again."),
    "reload": Command("reload", "Have the running service read the configuration anew."),
    "check": Command(
        "check",
        "Check that everything is in place, changing nothing: a verdict each, and the remedy where one is needed.",
    ),
    "login": Command("login", "Keep what a sign-in takes in this machine's keyring, after trying it."),
    "logout": Command(
        "login",
        "Remove what `triage login` kept, and take back a sign-in by OAuth where your provider lets a program do that.",
    ),
    "install-service": Command(
        "installing", "Put the systemd user unit in place, and say the two commands that follow."
    ),
    "help": Command(
        "help",
        "Show a page of the documentation, such as `triage help sign-in`; without a name, say which there are.",
    ),
    "completion": Command(
        "terminal",
        "Complete commands and options with the Tab key: print what bash, zsh or fish needs, or put it in place.",
    ),
    "man": Command("terminal", "Print the manual page, or put it in place, so that `man triage` shows it."),
    "uninstall": Command(
        "uninstall",
        "Undo what `triage init` did: the service, passwords, settings, and, if you say so, the log.",
    ),
    "admin": Command(
        "hosting.admin",
        "Run a hosted service: invite members and look after them, their keys, and the health of it all.",
    ),
    "enrol": Command(
        "hosting.enrol",
        "Take in the member who holds CODE: their consent, their mail server, their sign-in.",
    ),
    "leave": Command(
        "hosting.enrol",
        "Leave a hosted service, with the CODE that the enrolment ended with: everything of this member is removed.",
    ),
    "copy": Command(
        "hosting.enrol",
        "Have a copy of all that is kept sent to the mailbox of the member who holds the CODE from their enrolment.",
    ),
    "worker": Command("hosting.worker", "Do the work of a hosted service: as many of these as one likes, anywhere."),
    "demo": Command("demo", "Play three made-up weeks of a search, and show the log and the letters that come of it."),
}

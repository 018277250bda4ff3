"""A loop with imap_tools and mail-parser: fetches and reads all. `with_imap_tools.py PORT USER PASSWORD`."""

import sys

from imap_tools import MailBoxUnencrypted
from mailparser import MailParser

AT_ONCE = 100


def main(port: str, user: str, password: str) -> None:
    with MailBoxUnencrypted("127.0.0.1", int(port), timeout=60).login(user, password, initial_folder=None) as mailbox:
        mailbox.folder.set("INBOX", readonly=True)
        for found in mailbox.fetch(mark_seen=False, bulk=AT_ONCE):
            mail = MailParser(found.obj)
            _ = mail.text_plain or mail.text_html


if __name__ == "__main__":
    main(*sys.argv[1:])

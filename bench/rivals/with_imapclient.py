"""A loop with IMAPClient and `email`: fetches and reads all. `with_imapclient.py PORT USER PASSWORD`."""

import sys
from email import message_from_bytes, policy
from email.message import EmailMessage

from imapclient import IMAPClient

AT_ONCE = 100


def main(port: str, user: str, password: str) -> None:
    with IMAPClient("127.0.0.1", int(port), ssl=False, timeout=60) as client:
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), AT_ONCE):
            for parts in client.fetch(uids[start : start + AT_ONCE], ["BODY.PEEK[]"]).values():
                text(parts[b"BODY[]"])


def text(data: bytes) -> str:
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain", "html"))
    return str(body.get_content()) if body is not None else ""


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Signing in by OAuth 2.0: the authorities, the ways to a lasting sign-in, and access tokens made from it.

`authorities` has what is known of Google, Microsoft and Yahoo; `grant` asks an authority for tokens, by Authlib, over
the bounded HTTP of `http`; `loopback` and `device` lead a person through a sign-in; `tokens` is the `Password` that a
mailbox is given. Authlib and requests are imported when the first token is asked for, and not before.
"""

from triage.oauth.authorities import Authority, authority, other
from triage.oauth.tokens import Tokens
from triage.oauth.values import Client, Granted, Kept, RevokedError

__all__ = ["Authority", "Client", "Granted", "Kept", "RevokedError", "Tokens", "authority", "other"]

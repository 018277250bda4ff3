"""Everybody a hosted service connects to: providers of mailboxes, and those who take letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig.client import Client
from tests.torture.hosting_citizens import HOME, MORE, Box
from tests.torture.hosting_post import Post, post
from tests.torture.hosting_providers import Manner, Provider

_HOSTS = {Manner.WELL: "127.0.0.2", Manner.SLOW: "127.0.0.3", Manner.DEAD: "127.0.0.4"}
_POSTS = {Manner.WELL: "127.0.0.5", Manner.SLOW: "127.0.0.6"}


@dataclass(frozen=True, slots=True)
class Outside:
    """`providers` of mailboxes, behind which is the Dovecot at `mailboxes`; and `posts`, behind which is one `post`."""

    mailboxes: int
    providers: dict[Manner, Provider]
    posts: dict[Manner, Provider]
    post: Post

    @property
    def everybody(self) -> list[Provider]:
        return [*self.providers.values(), *self.posts.values()]

    def boxes(self, manner: Manner, user: str, how_many: int) -> tuple[Box, ...]:
        """So many mailboxes, each at another provider; the first at this one."""
        names, manners = (HOME, *MORE)[:how_many], list(self.providers)
        turned = manners[manners.index(manner) :] + manners[: manners.index(manner)]
        return tuple(
            Box(name, self.providers[at], Client(self.mailboxes, user if name == HOME else f"{user}-{name}"))
            for name, at in zip(names, turned, strict=False)
        )


@contextmanager
def outside(folder: Path, mailboxes: int) -> Iterator[Outside]:
    """All of them. `mailboxes`: the port of the Dovecot; the post keeps nothing in the folder."""
    with ExitStack() as stack:
        letters = stack.enter_context(post(folder))
        providers = {how: stack.enter_context(Provider(at, mailboxes, how)) for how, at in _HOSTS.items()}
        posts = {how: stack.enter_context(Provider(at, letters.port, how)) for how, at in _POSTS.items()}
        yield Outside(mailboxes, providers, posts, letters)

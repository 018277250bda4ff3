"""The model of a disk that loses what was not synced: what it may lose, and what never."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.torture.power_disk import Disk, Names
from tests.torture.power_file import PAGE
from tests.torture.power_operations import (
    FolderMade,
    Linked,
    Opened,
    Operation,
    Removed,
    Renamed,
    Resized,
    Synced,
    SyncFailed,
    Written,
)

BOTH = list(Names)


Tree = dict[str, bytes]


def tree(folder: Path) -> Tree:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Losses:
    """Does what it is told to a folder with the file "old", and then loses the power many times."""

    def __init__(self, folder: Path, rule: Names) -> None:
        (folder / "root").mkdir()
        (folder / "root" / "old").write_bytes(b"o" * 10)
        self._folder = folder
        self._root = str(folder / "root")
        self.disk = Disk(folder / "root", self._root, rule)

    def do(self, *operations: Operation) -> Losses:
        for operation in operations:
            self.disk.do(operation)
        return self

    def path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def write(self, name: str, data: bytes, offset: int = 0, *, sync: bool = False) -> Losses:
        path = self.path(name)
        self.do(Opened(path, create=True, empty=False), Written(path, offset, data))
        return self.do(Synced(path)) if sync else self

    def sync(self, name: str = "") -> Losses:
        return self.do(Synced(self.path(name)))

    def trees(self, times: int = 200) -> Iterator[Tree]:
        for seed in range(times):
            target = self._folder / "found"
            self.disk.found(target, Random(seed))
            yield tree(target)
            shutil.rmtree(target)

    def all(self, times: int = 200) -> set[frozenset[tuple[str, bytes]]]:
        return {frozenset(one.items()) for one in self.trees(times)}

    def names(self) -> set[frozenset[str]]:
        return {frozenset(one) for one in self.trees()}


@pytest.fixture(params=BOTH, ids=lambda rule: rule.value)
def losses(request: pytest.FixtureRequest, tmp_path: Path) -> Losses:
    return Losses(tmp_path, request.param)


@pytest.fixture
def strict(tmp_path: Path) -> Losses:
    return Losses(tmp_path, Names.STRICT)


@pytest.fixture
def ordered(tmp_path: Path) -> Losses:
    return Losses(tmp_path, Names.ORDERED)


def sets(*names: str) -> set[frozenset[str]]:
    """Each word a letter for a file: "ab" is the set of a and b, beside the one that was there."""
    return {frozenset({"old", *word}) for word in names}


def test_what_was_synced_with_its_folder_is_there(losses: Losses) -> None:
    losses.write("a", b"new" * 5000, sync=True).sync().write("old", b"O" * 10, sync=True)
    assert losses.all() == {frozenset({("a", b"new" * 5000), ("old", b"O" * 10)})}


def test_what_was_not_synced_may_be_there_or_not(losses: Losses) -> None:
    losses.write("old", b"O" * 10)
    assert {dict(one)["old"] for one in losses.all()} == {b"o" * 10, b"O" * 10}


def test_what_failed_to_be_synced_is_lost_although_the_next_time_succeeds(losses: Losses) -> None:
    losses.write("old", b"O" * 10).do(SyncFailed(losses.path("old"))).write("old", b"P", 9).sync("old")
    assert {one["old"] for one in losses.trees()} == {b"o" * 9 + b"P"}


def test_pages_come_in_any_order(losses: Losses) -> None:
    losses.write("a", b"1" * PAGE + b"2" * PAGE, sync=True).sync()
    losses.write("a", b"3" * PAGE).write("a", b"4" * PAGE, PAGE)
    seen = {(one["a"][:1], one["a"][-1:]) for one in losses.trees()}
    assert seen == {(b"1", b"2"), (b"3", b"4"), (b"1", b"4"), (b"3", b"2")}


def test_a_page_may_be_torn_between_sectors_and_nowhere_else(losses: Losses) -> None:
    losses.write("a", b"1" * PAGE, sync=True).sync().write("a", b"2" * PAGE)
    seen = {one["a"] for one in losses.trees()}
    assert any(set(page) == {ord("1"), ord("2")} for page in seen)
    assert all(len(set(page[at : at + 512])) == 1 for page in seen for at in range(0, PAGE, 512))


def test_a_page_written_twice_may_be_on_the_disk_as_it_was_between(losses: Losses) -> None:
    losses.write("old", b"1" * 10).write("old", b"2" * 10)
    assert {one["old"] for one in losses.trees()} == {b"o" * 10, b"1" * 10, b"2" * 10}


def test_a_file_that_grew_may_be_short_or_hold_zeros(losses: Losses) -> None:
    losses.write("old", b"O" * PAGE, 10)
    sizes = {len(one["old"]) for one in losses.trees()}
    zeros = [one for one in losses.trees() if len(one["old"]) > 10 and not any(one["old"][10:])]
    assert sizes == {10, 10 + PAGE}
    assert zeros


def test_a_file_that_was_cut_is_as_long_as_before_or_cut_and_never_in_between(losses: Losses) -> None:
    losses.write("a", b"1" * 3 * PAGE, sync=True).sync().do(Resized(losses.path("a"), PAGE + 1))
    assert {one["a"] for one in losses.trees()} == {b"1" * 3 * PAGE, b"1" * (PAGE + 1)}


def test_what_was_cut_off_does_not_come_back_when_the_file_grows_again(losses: Losses) -> None:
    losses.write("a", b"1" * 2 * PAGE, sync=True).sync()
    losses.do(Resized(losses.path("a"), 0)).write("a", b"2" * 10)
    whole = {b"1" * 2 * PAGE}
    assert {one["a"] for one in losses.trees()} == {*whole, b"", bytes(10), b"2" * 10}


def test_a_new_name_is_not_there_before_something_was_synced(losses: Losses) -> None:
    assert losses.write("a", b"1").names() == sets("", "a")


def test_strict_names_are_on_the_disk_when_their_folder_was_synced(strict: Losses) -> None:
    assert strict.write("a", b"1", sync=True).names() == sets("", "a")
    assert strict.sync().names() == sets("a")


def test_ordered_names_are_on_the_disk_when_anything_was_synced(ordered: Losses) -> None:
    assert ordered.write("a", b"1", sync=True).names() == sets("a")


@pytest.mark.parametrize(
    ("rule", "expected"), [(Names.STRICT, sets("", "a", "b", "ab")), (Names.ORDERED, sets("", "a", "ab"))]
)
def test_in_which_order_names_appear(tmp_path: Path, rule: Names, expected: set[frozenset[str]]) -> None:
    assert Losses(tmp_path, rule).write("a", b"").write("b", b"").names() == expected


def test_a_renamed_file_is_never_without_a_name(losses: Losses) -> None:
    losses.write("a", b"1", sync=True).sync().do(Renamed(losses.path("a"), losses.path("b")))
    strictly = {frozenset({"old", "a", "b"})}
    assert losses.names() - strictly == sets("a", "b")
    assert losses.sync().names() == sets("b")


def test_a_file_moved_to_another_folder_may_be_in_both_until_both_are_synced(strict: Losses) -> None:
    strict.do(FolderMade(strict.path("d"))).write("a", b"1", sync=True).sync()
    strict.do(Renamed(strict.path("a"), strict.path("d/a"))).sync()
    before = {frozenset(one) for one in strict.trees()}
    after = {frozenset(one) for one in strict.sync("d").trees()}
    assert before == {frozenset({"old", "a"}), frozenset({"old", "d/a"}), frozenset({"old", "a", "d/a"})}
    assert after == {frozenset({"old", "d/a"}), frozenset({"old", "a", "d/a"})}
    assert {frozenset(one) for one in strict.sync().trees()} == {frozenset({"old", "d/a"})}


def test_a_file_that_replaces_another_leaves_one_of_them(losses: Losses) -> None:
    losses.write("a", b"new", sync=True).sync().do(Renamed(losses.path("a"), losses.path("old")))
    assert {one["old"] for one in losses.trees()} == {b"o" * 10, b"new"}


def test_a_removed_file_may_be_back(losses: Losses) -> None:
    losses.do(Removed(losses.path("old")))
    assert losses.names() == {frozenset({"old"}), frozenset()}
    assert losses.sync().names() == {frozenset()}


def test_two_names_of_one_file_hold_the_same(losses: Losses) -> None:
    losses.do(Linked(losses.path("old"), losses.path("a"))).sync().write("old", b"O" * 10)
    assert {(one["a"], one["old"]) for one in losses.trees()} == {(b"o" * 10,) * 2, (b"O" * 10,) * 2}


def test_what_lies_in_a_folder_without_a_name_is_lost(strict: Losses) -> None:
    strict.do(FolderMade(strict.path("d"))).write("d/a", b"1", sync=True).sync("d")
    assert {frozenset(one) for one in strict.trees()} == {frozenset({"old"}), frozenset({"old", "d/a"})}


def test_the_same_seed_gives_the_same_loss(losses: Losses) -> None:
    losses.write("a", b"1" * 3 * PAGE).write("b", b"2")
    assert list(losses.trees(20)) == list(losses.trees(20))


def test_without_a_loss_all_is_as_the_program_sees_it(losses: Losses, tmp_path: Path) -> None:
    losses.write("a", b"1").do(Removed(losses.path("old"))).disk.now(tmp_path / "now")
    assert tree(tmp_path / "now") == {"a": b"1"}

"""The counter: questions that wait in this process at one moment are decided together.

A commit that survives a power cut takes its millisecond however much it holds, so callers
who ask one question each would wait in line for the disk. Here the first who comes serves:
it takes every question waiting, its own included, to one transaction, tells everybody the
answer and hands on to whoever came meanwhile. Alone, a question is decided at once; in
company it waits for those who were just answered and ask again, a millisecond at most.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from arrears.clearance.types import Asking, Clearance

Decide = Callable[[list[Asking], str, datetime], Mapping[str, Clearance]]
MOST = 200  # questions in one transaction
A_MOMENT_SECONDS = 0.001
SAME_MOMENT = timedelta(seconds=1)  # a rehearsal lives in another time, and is served apart


class _Waiting:
    """One question at the counter, and what came of it."""

    __slots__ = ("answer", "asking", "book", "failure", "now", "turn")

    def __init__(self, asking: Asking, book: str, now: datetime) -> None:
        self.asking, self.book, self.now = asking, book, now
        self.answer: Clearance | None = None
        self.failure: Exception | None = None
        self.turn = threading.Lock()  # held until it is answered, or called to serve
        self.turn.acquire()

    @property
    def settled(self) -> bool:
        return self.answer is not None or self.failure is not None


class Counter:
    """`decide` answers many questions in one transaction of its own."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a child has none of the callers

    def _reset(self) -> None:
        self._door, self._line, self._serving = threading.Lock(), deque[_Waiting](), False
        self._company = 0  # questions decided last
        self._all_back = threading.Event()  # as many are in line again

    def ask(self, asking: Asking, *, book: str, now: datetime) -> Clearance:
        """The answer to one question; its failure is its own, never a neighbour's."""
        mine = _Waiting(asking, book, now)
        with self._door:
            self._line.append(mine)
            serving, self._serving = self._serving, True
            if len(self._line) == self._company:
                self._all_back.set()
        if serving:
            mine.turn.acquire()
        while not mine.settled:
            self._serve(mine)
        if mine.failure is not None:
            raise mine.failure
        assert mine.answer is not None
        return mine.answer

    def _serve(self, mine: _Waiting) -> None:
        """Decide what waits at the head of the line, `mine` first; then hand on."""
        if len(self._line) < self._company:
            self._all_back.wait(A_MOMENT_SECONDS)
        batch = self._take()
        try:
            self._settle(batch)
        finally:  # were this thread stopped half way, the others would still be served
            unsettled = [waiting for waiting in batch if not waiting.settled and waiting is not mine]
            with self._door:
                self._line.extendleft(reversed(unsettled))
                following = self._line[0] if self._line else None
                self._serving = following is not None
            for waiting in batch:
                if waiting.settled:
                    waiting.turn.release()
            if following is not None:
                following.turn.release()

    def _take(self) -> list[_Waiting]:
        """The head of the line and those behind it of the same book and moment."""
        with self._door:
            batch: list[_Waiting] = []
            while self._line and len(batch) < MOST and self._alike(self._line[0], batch):
                batch.append(self._line.popleft())
            self._company = len(batch)
            self._all_back.clear()
        return batch

    @staticmethod
    def _alike(waiting: _Waiting, batch: Sequence[_Waiting]) -> bool:
        return not batch or (waiting.book == batch[0].book and abs(waiting.now - batch[0].now) <= SAME_MOMENT)

    def _settle(self, batch: list[_Waiting]) -> None:
        try:
            self._decide_together(batch)
        except Exception as failure:  # noqa: BLE001 - told to the caller whose question it is
            if len(batch) == 1:
                batch[0].failure = failure
                return
            for waiting in batch:  # one bad question must not fail its neighbours: each alone
                self._settle([waiting])

    def _decide_together(self, batch: list[_Waiting]) -> None:
        now = min(waiting.now for waiting in batch)  # the earliest: no place is free too soon
        answers = self._decide([waiting.asking for waiting in batch], batch[0].book, now)
        for waiting in batch:
            waiting.answer = answers[waiting.asking.key]

"""The sentences of this room, in both languages."""

from arrears.arrangements.types import PromiseState
from arrears.kernel.words import Words

PERFORMING = Words(zh="按约履行中", en="kept so far")
DONE = Words(zh="已于 {day} 全部付清", en="paid in full on {day}")
MISSED = Words(
    zh="第 {number} 期（{day}）未收到足额款项，{until} 前补足即可继续",
    en="instalment {number} of {day} has not come in; paid by {until}, the agreement goes on",
)
BROKEN = Words(
    zh="第 {number} 期（{day}）到 {until} 仍未补足，约定终止",
    en="instalment {number} of {day} was not made good by {until}: the agreement is broken",
)
PROMISE = {
    PromiseState.RUNNING: Words(zh="承诺日未到", en="its day has not come"),
    PromiseState.KEPT: Words(zh="承诺日终前款项已到", en="the money came by the end of its day"),
    PromiseState.PART_KEPT: Words(
        zh="承诺日终前到了一部分", en="part of the money came by the end of its day"
    ),
    PromiseState.BROKEN: Words(zh="承诺日终前款项未到", en="the money did not come by the end of its day"),
    PromiseState.CANCELLED: Words(zh="已取消", en="cancelled"),
}

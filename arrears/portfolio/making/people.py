"""Names, languages and ways to reach people who do not exist.

Nothing here can reach anybody: mobile numbers begin with 154, which is not assigned to
any network, and addresses end in `.example`, which is reserved and never resolves.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.portfolio.making.draws import Ints, below, uniform

MOBILE_PREFIX = "+86154"
MAIL_DOMAIN = "@mail.example"

# Surname, its Latin spelling, and how many in a thousand carry it.
_SURNAMES = (
    "王 Wang 72|李 Li 71|张 Zhang 68|刘 Liu 52|陈 Chen 45|杨 Yang 31|黄 Huang 22|赵 Zhao 21|吴 Wu 20|"
    "周 Zhou 19|徐 Xu 15|孙 Sun 15|马 Ma 13|朱 Zhu 13|胡 Hu 13|郭 Guo 12|何 He 11|林 Lin 11|高 Gao 10|"
    "罗 Luo 10|郑 Zheng 9|梁 Liang 9|谢 Xie 8|宋 Song 8|唐 Tang 7|许 Xu 7|韩 Han 7|邓 Deng 6|冯 Feng 6|"
    "曹 Cao 6|彭 Peng 6|曾 Zeng 6|肖 Xiao 6|田 Tian 5|董 Dong 5|潘 Pan 5|袁 Yuan 5|蔡 Cai 5|蒋 Jiang 5|"
    "余 Yu 5|于 Yu 5|杜 Du 5|叶 Ye 5|程 Cheng 4|苏 Su 4|魏 Wei 4|吕 Lü 4|丁 Ding 4|任 Ren 4|沈 Shen 4|"
    "欧阳 Ouyang 1|司徒 Situ 1"
)
_GIVEN = (
    "伟 wei|芳 fang|娜 na|敏 min|静 jing|丽 li|强 qiang|磊 lei|军 jun|洋 yang|勇 yong|艳 yan|杰 jie|娟 juan|"
    "涛 tao|明 ming|超 chao|秀 xiu|霞 xia|平 ping|刚 gang|桂 gui|英 ying|华 hua|玉 yu|兰 lan|红 hong|梅 mei|"
    "建 jian|国 guo|文 wen|志 zhi|海 hai|小 xiao|晓 xiao|春 chun|雪 xue|佳 jia|嘉 jia|欣 xin|怡 yi|宇 yu|"
    "浩 hao|子 zi|梓 zi|涵 han|轩 xuan|思 si|雨 yu|晨 chen|博 bo|俊 jun|峰 feng|云 yun|龙 long|飞 fei|"
    "鹏 peng|慧 hui|琳 lin|婷 ting|雅 ya|瑞 rui|凯 kai|诗 shi"
)
_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Europe/London", "America/Vancouver")
_ZONE_SHARES = (0.985, 0.008, 0.004, 0.002, 0.001)
ENGLISH_SHARE = 0.02
SHARE_WITH_EMAIL = 0.7
SECOND_CARD_EACH = 20  # every twentieth account is the second card of the holder before


def account_refs(numbers: Ints) -> pa.Array:
    """`A000000001` and so on: ten letters, so that text order is number order."""
    return numbered("A", numbers)


def holder_numbers(numbers: Ints) -> Ints:
    """Whose account it is, by the number of the holder's first account."""
    return np.where(numbers % SECOND_CARD_EACH == 0, numbers - 1, numbers)


def customers(seed: int, numbers: Ints) -> pa.Table:
    """The customer rows of these holders."""
    english = uniform(seed, "language", numbers) < ENGLISH_SHARE
    zone = np.searchsorted(np.cumsum(_ZONE_SHARES), uniform(seed, "zone", numbers), side="right")
    return pa.table(
        {
            "customer": numbered("K", numbers),
            "name": _names(seed, numbers, pa.array(english)),
            "language": pc.if_else(pa.array(english), "en", "zh-hans"),
            "zone": pa.array(_ZONES).take(pa.array(zone.clip(max=len(_ZONES) - 1))),
        }
    )


def contact_points(seed: int, numbers: Ints) -> pa.Table:
    """A mobile number for everybody, an e-mail address for most."""
    mailed = numbers[uniform(seed, "email", numbers) < SHARE_WITH_EMAIL]
    mobile = pc.binary_join_element_wise(MOBILE_PREFIX, _digits(numbers, 8), "")
    email = pc.binary_join_element_wise("k", _digits(mailed, 9), MAIL_DOMAIN, "")
    kinds = np.repeat(["mobile", "email"], [len(numbers), len(mailed)])
    return pa.table(
        {
            "customer": pa.concat_arrays([numbered("K", numbers), numbered("K", mailed)]),
            "kind": pa.array(kinds),
            "value": pa.concat_arrays([mobile, email]),
            "source": pa.array(["bank"]).take(pa.array(np.zeros(len(kinds), dtype=np.int64))),
        }
    )


def numbered(letter: str, numbers: Ints) -> pa.Array:
    """The letter and nine digits, for each number."""
    return pc.binary_join_element_wise(letter, _digits(numbers, 9), "")


def _digits(numbers: Ints, width: int) -> pa.Array:
    powers = 10 ** np.arange(width - 1, -1, -1)
    letters = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))


def _names(seed: int, numbers: Ints, english: pa.Array) -> pa.Array:
    han, latin, weights = (pa.array(part) for part in zip(*_listed(_SURNAMES), strict=True))
    given, spelled = (pa.array(part) for part in zip(*_listed(_GIVEN), strict=True))
    share = np.cumsum(weights.to_numpy(zero_copy_only=False).astype(float))
    surname = pa.array(np.searchsorted(share / share[-1], uniform(seed, "surname", numbers), side="right"))
    first = pa.array(below(len(given), uniform(seed, "given", numbers)))
    second = pa.array(below(len(given), uniform(seed, "second", numbers)))
    single = pa.array(uniform(seed, "single", numbers) < 0.18)
    chinese = pc.binary_join_element_wise(
        han.take(surname), given.take(first), pc.if_else(single, "", given.take(second)), ""
    )
    romanised = pc.binary_join_element_wise(
        latin.take(surname), " ", pc.utf8_capitalize(spelled.take(first)),
        pc.if_else(single, "", spelled.take(second)), "",
    )  # fmt: skip
    return pc.if_else(english, romanised, chinese)


def _listed(text: str) -> list[tuple[str, ...]]:
    return [tuple(entry.split()) for entry in text.split("|")]

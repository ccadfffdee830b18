"""Tell what kind of message it is: a question, a complaint, a greeting …"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .grams import grams
from .linear import Classifier
from .normal import normalise
from .pack import Knowledge
from .synonyms import canonical, kinds

QUESTION = "question"

_CUES = {
    "anger": "骗|坑人|坑爹|无语|醉了|搞笑|过分|失望|垃圾|恶心|烦死|气死|气人|火大|晕死|受够|受不了|忍无可忍|无奈|欺负|欺诈|忽悠|糊弄|敷衍|推卸|推脱|霸王|黑心|良心|"
    "不负责|负责任|没责任|没素质|态度|不满|不爽|郁闷|寒心|服了|呵呵|太扯|有毛病|什么玩意|什么破|搞什么|什么态度|凭什么|投诉|举报|曝光|差评|不讲理|烂",
    "fault": "坏了|坏的|碎|破了|破的|裂|漏|断了|掉线|掉色|褪色|开线|脱线|色差|发错|送错|寄错|少发|漏发|少了|缺了|错了|不对|不一样|不符|压坏|压扁|变形|过期|发霉|异味|"
    "起球|瑕疵|划痕|次品|假货|质量差|质量问题|简陋|卡死|卡得|卡的要|太卡|死机|打不开|上不了|连不上|没信号|没反应|没人管|没人理|不理|不回|不处理|不解决|没解决|不给|乱扣|多扣|"
    "多收|偷偷|莫名|私自|擅自|不到账|没到账|不兑现|不承认|反复|又坏|又断|又来|还是不行|老是|总是|一直|每次|再也",
    "excess": "太(?:慢|差|贵|卡|久|坑|烂|小气|麻烦|简单|离谱|不像话|次)|这么(?:贵|慢|差|久|卡|少|坑)|那么(?:贵|慢|差|久)|好(?:慢|差|贵|久)|慢死|卡死|急死|等死|贵死|慢得|慢的要|小贵|有点贵",
    "not_yet": "还没|还不(?!错)|没有?(?:发货|到货|收到|处理|解决|回复|消息|动静|来)|怎么还|为什么还|咋还|都没|迟迟|没更新|未发|未到|没动|不发|才(?:发|到|来|能|处理|给)",
    "hurry": "快点|快些|快一点|尽快|尽早|早点|赶快|赶紧|抓紧|马上|立刻|催|加急|着急|急用|急需|急着|等着|等(?:了|不及)|等好久|等半天|在吗在吗|人呢|回话|回复我|回我|回下|回一下|说话|说句话|理我|吱声",
    "days": r"(?:都|已经|快|过了?|等了?|有|好几?|第)\d*(?:几|多|半)?\d*个?(?:天|小时|星期|周|礼拜|月|年|号|点|钟头)(?:多)?了?",
    "threat": "再不|要不(?:然|我|就)|不然|否则|退货了|退款了|就退|直接退|不要了|不买了|不用了|不来了|换(?:联通|电信|移动|别家|一家|银行)|转网|携号|销户|销号|起诉|法院|律师|"
    "12315|12345|消协|工信部|银保监|媒体|记者|报警|赔偿|赔我|赔钱|补偿|给个说法|说法|给个解释",
    "ask": "怎么办|怎么弄|怎么查|怎么处理|如何|是什么意思|什么是|多少钱|多少|哪里|哪儿|能不能|可不可以|可以.*吗|是否|有没有|区别|怎样|在哪|什么时候|几天|多久",
    "thank": "谢谢|感谢|多谢|辛苦|不错|满意|好评|喜欢|很好|真好|给力|点赞|表扬",
    "self": "我要|帮我|给我|我想|麻烦",
}
WEIGHT = 20
"""How many times a cue counts beside one gram."""

_DIGITS = re.compile(r"\d+")
_PATTERNS = {name: re.compile(words) for name, words in _CUES.items()}


def cues(text: str) -> list[str]:
    """Return the names of the everyday signs of mood and purpose in a normalised text, doubled when there are two."""
    found = []
    for name, words in _PATTERNS.items():
        hits = len(words.findall(text))
        found += [f"!{name}"] * min(hits, 1) + [f"!!{name}"] * (hits > 1)
    return found


def intent_features(text: str) -> list[str]:
    """Return what the intent model sees: characters, canonical form, kinds of question, cues of mood, and length."""
    bits = kinds(text)
    like = canonical(text)
    moods = cues(text)
    pairs = [f"{a}{b}" for i, a in enumerate(moods) for b in moods[i + 1 :]]
    asked = [f"?{bit}" for bit in range(20) if bits >> bit & 1]
    size = f"#{min(len(text) // 4, 6)}"
    heavy = [f"{mood}{copy}" for mood in moods for copy in range(WEIGHT)]
    text, like = _DIGITS.sub("0", text), _DIGITS.sub("0", like)
    return grams(f"^{text}$", 3) + ["=" + gram for gram in grams(like, 3)] + heavy + pairs + asked + [size]


class IntentModel:
    """The intent classifier of a pack: our utterances, and the pack's own questions as questions."""

    def __init__(self, knowledge: Knowledge) -> None:
        pairs = [(normalise(text).replace(" ", ""), label) for label, group in _texts(knowledge).items() for text in group]
        pairs = list(dict.fromkeys(pairs))
        self._model = Classifier([text for text, _ in pairs], [label for _, label in pairs], intent_features)

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents, in the order of `probabilities`."""
        return self._model.labels

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return intent -> probability for a normalised text without spaces."""
        return dict(zip(self._model.labels, self._model.scores(text).tolist(), strict=True))


def _texts(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    texts = {label: tuple(group) for label, group in knowledge.intents.items()}
    questions: Sequence[str] = [t for entry in knowledge.entries for t in (entry.question, *entry.variants)]
    aspects = [text for group in knowledge.aspects.values() for text in group]
    texts[QUESTION] = texts.get(QUESTION, ()) + tuple(questions) + tuple(aspects)
    texts["smalltalk"] = texts.get("smalltalk", ()) + tuple(ask for talk in knowledge.smalltalk for ask in talk.ask)
    return {label: group for label, group in texts.items() if group}

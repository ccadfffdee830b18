// The platform's short English verdicts, in the page's language.

const EXACT = {
  replied: "已回复",
  success: "已确认",
  ok: "成功",
  empty: "空回复",
  cut: "超时断开",
  dropped: "办完后断线",
  pending: "处理中",
  "handed to customer service": "转人工客服",
  "the answer is not the echostr": "没有原样返回验证串",
};
const BEGINS = [
  [/^errcode (-?\d+)$/, (code) => `错误码 ${code}`],
  [/^status (\d+)$/, (status) => `HTTP ${status}`],
  [/^answered in (\d+) ms$/, (ms) => `${ms} 毫秒内答对`],
  [/^connection error: (.*)$/, () => "连不上程序"],
  [
    /^hostile: (.*)$/,
    (verdict) => `敌意请求：${{ refused: "被拒绝", accepted: "被接受", broken: "程序出错" }[verdict] ?? verdict}`,
  ],
  [/^bad reply: (.*)$/s, (why) => `回复不合规：${why}`],
];

/** A verdict in Chinese; what is not known stays as it is. */
export function verdictWords(verdict) {
  const text = String(verdict ?? "");
  if (EXACT[text]) return EXACT[text];
  for (const [pattern, words] of BEGINS) {
    const match = pattern.exec(text);
    if (match) return words(match[1]);
  }
  return text;
}

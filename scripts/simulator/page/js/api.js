// The platform's control interface. Every failure becomes an ApiError whose message can be shown as it stands.

export class ApiError extends Error {}

async function read(response) {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return { error: "" };
  }
}

const BY_STATUS = {
  400: "填写的内容不合要求",
  403: "模拟平台拒绝了这个请求",
  404: "没有找到",
  409: "现在不能这样做",
  415: "模拟平台拒绝了这个请求",
};

/** What to tell the user: the platform's own words when they are Chinese, else a sentence for the status. */
function complaint(status, body) {
  const said = typeof body?.error === "string" && /[\u4e00-\u9fff]/.test(body.error) ? body.error : "";
  if (said) return said.length > 80 ? `${said.slice(0, 80)}…` : said;
  return status >= 500 ? "模拟平台出错了，请看它的日志" : (BY_STATUS[status] ?? `操作没有成功（${status}）`);
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(`/sim/api/${path}`, { cache: "no-store", ...options });
  } catch {
    throw new ApiError("连不上模拟平台，请确认它正在运行");
  }
  const body = await read(response);
  if (!response.ok) throw new ApiError(complaint(response.status, body));
  return body;
}

const get = (path) => call(path);
const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const of = (person) => `people/${encodeURIComponent(person)}`;

export const api = {
  state: () => get("state"),
  messages: (person, after = 0) => get(`${of(person)}/messages?after=${after}`),
  explanation: (person, seq) => get(`${of(person)}/messages/${seq}/explanation`),
  say: (person, message) => post(`${of(person)}/say?wait=0`, message),
  follow: (person, scene) => post(`${of(person)}/follow`, scene ? { scene } : {}),
  unfollow: (person) => post(`${of(person)}/unfollow`),
  scan: (person, scene) => post(`${of(person)}/scan`, { scene }),
  menu: (person, key) => post(`${of(person)}/menu`, { key }),
  tap: (person, seq, option) => post(`${of(person)}/tap`, { seq, option }),
  notice: (person, template, answer) => post(`${of(person)}/notice`, { template_id: template, ...answer }),
  enter: (person) => post(`${of(person)}/enter`),
  locationEvent: (person, lat, lng) => post(`${of(person)}/location_event`, { lat, lng }),
  clock: (change) => post("clock", change),
  settings: (change) => post("settings", change),
  faults: () => get("faults"),
  addFault: (fault) => post("faults", fault),
  clearFaults: () => post("faults/clear"),
  killTokens: () => post("tokens/kill"),
  exchanges: (after, limit) => get(`exchanges?limit=${limit}${after === null ? "" : `&after=${after}`}`),
  hostile: (attack, account) => post("hostile", { attack, account }),
  handshake: (account) => post("handshake", { account }),
};

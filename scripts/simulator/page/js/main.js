// Puts the page together: what the platform tells goes into the store, the parts listen to the store.
import { ExchangeLog } from "./exchanges.js";
import { explanationDrawer } from "./explanation.js";
import { Flank } from "./flank.js";
import { Notices } from "./notices.js";
import { Phone } from "./phone.js";
import { settingsDrawer } from "./settings.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { Strip } from "./strip.js";
import { Tabs } from "./tabs.js";
import { attempt } from "./toast.js";

const RETRY_MS = 2000;
const narrow = matchMedia("(max-width: 859px)");
const place = (id) => document.getElementById(id);

const store = new Store();
const shown = (side) => !narrow.matches || document.body.dataset.side === side;
const seen = (side) => () => document.visibilityState === "visible" && shown(side);
const phones = {
  customer: new Phone(store, "customer", place("customer-phone"), seen("customer")),
  manager: new Phone(store, "manager", place("manager-phone"), seen("manager")),
};
const why = explanationDrawer(store, phones.customer);
new Flank(store, phones.customer, place("customer-card"), () => why.open());
new Flank(store, phones.manager, place("manager-card"));
const log = new ExchangeLog(store);
const settings = settingsDrawer(store);
new Strip(store, place("strip"), [log.drawer.button("code", "原始报文"), settings.button("settings", "设置")]);
const tabs = new Tabs(store, place("tabs"), phones);
const notices = new Notices(store, phones, { shown, show: (side) => tabs.show(side) });

const seeAll = () => Object.values(phones).forEach((phone) => phone.see());
document.addEventListener("visibilitychange", seeAll);
narrow.addEventListener("change", () => {
  seeAll();
  notices.draw();
});
setInterval(() => Object.values(phones).forEach((phone) => phone.tick()), 1000);

/** First the two chats on the screen, then everyone else's for the unread marks. */
async function start() {
  const ready = await attempt(async () => {
    await store.refresh();
    for (const { person } of Object.values(phones)) if (person) await store.catchUp(person.id);
    await store.catchUpAll();
    return true;
  });
  if (!ready) {
    setTimeout(start, RETRY_MS);
    return;
  }
  document.body.dataset.ready = "true";
}

new Stream(store).open();
start();

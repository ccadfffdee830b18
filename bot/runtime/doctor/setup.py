"""What was set up: settings and accounts, knowledge, people, the calendar, and what the platforms say to it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.business_hours import Calendars, said_missing
from bot.channels.accounts import Accounts
from bot.channels.tokens import MemoryTokenStore
from bot.clock import SystemClock, local_date
from bot.config import ConfigError, Settings
from bot.customers.provisioning import unattended, unstaffed
from bot.delivery import stalled_turns
from bot.knowledge.texts import TextsError
from bot.messages import Channel
from bot.runtime.container import load_packs, pack_names
from bot.runtime.doctor.examination import Examination
from bot.runtime.doctor_findings import OFFICIAL_REMEDIES, WECOM_REMEDIES, Finding, asked, bad, good, mind
from bot.store.models import Account, Manager
from bot.store.session import driver
from bot.understanding import KnowledgeError


def settings(examination: Examination) -> Iterator[Finding]:
    """Check the settings and read the accounts."""
    settings = examination.settings
    try:
        settings.check()
        examination.accounts = Accounts(settings, MemoryTokenStore(), SystemClock())
    except ConfigError as error:
        _, *lines = str(error).splitlines()
        for line in lines or [str(error)]:
            yield bad("配置", line.strip(" -"), "改好 .env 或环境变量后再检查，每项的说明在 .env.example")
    else:
        yield good("配置", "演示模式，使用演示账号" if settings.tiexin_demo else "齐全")
    yield from _reminders(settings)


def _reminders(settings: Settings) -> Iterator[Finding]:
    if settings.wechat_mode != "safe":
        yield mind("配置", f"WECHAT_MODE={settings.wechat_mode}，消息正文没有签名保护，上线请在公众号后台改为安全模式")
    if settings.wechat_aes_key_previous or settings.wecom_aes_key_previous:
        yield mind("配置", "还留着旧的 EncodingAESKey，确认换钥完成后请清空 …_AES_KEY_PREVIOUS")
    if not settings.wechat_original_id:
        yield mind("配置", "没有填 WECHAT_ORIGINAL_ID（gh_…），不会核对消息是否发给本公众号")


def _packs_of(examination: Examination) -> frozenset[str]:
    settings, accounts = examination.settings, examination.accounts
    return pack_names(settings, accounts) if accounts is not None else frozenset({settings.tiexin_pack})


def knowledge(examination: Examination) -> Iterator[Finding]:
    """Load every pack that is used."""
    for name in sorted(_packs_of(examination)):
        try:
            load_packs(examination.settings.tiexin_knowledge, {name})
        except (KnowledgeError, TextsError) as error:
            yield bad("知识库", f"{name}：{error}", "请改好这个文件再检查")
        else:
            yield good("知识库", f"{name} 可以加载")


def rows(examination: Examination) -> Iterator[Finding]:
    """Look for the rows of accounts and people, and for who may answer them."""
    if examination.engine is None or examination.accounts is None:
        return
    with examination.engine.connect() as connection:
        rows = {(channel, name) for channel, name in connection.execute(select(Account.channel, Account.name))}
        packs = connection.execute(select(Account.name, Account.pack).order_by(Account.id)).all()
        managers = select(func.count()).where(Manager.active, Manager.wecom_userid.is_not(None))
        reachable = connection.execute(managers).scalar_one()
        nobody, unread = unstaffed(connection), unattended(connection)
    missing = [f"{channel}:{name}" for channel, name in examination.accounts.names() if (channel, name) not in rows]
    if missing:
        yield bad("账号", f"数据库里没有 {'、'.join(missing)}", "请先建立网点和账号，见 docs/operating.md")
    else:
        yield good("账号", "、".join(name for _, name in examination.accounts.names()))
    loaded = _packs_of(examination)
    if strange := [f"{name}（{pack}）" for name, pack in packs if pack not in loaded]:
        yield bad(
            "账号的行业",
            f"{'、'.join(strange)} 的行业知识没有加载，客户听到的会是别的行业的话",
            f"请把账号的行业改成已加载的：{'、'.join(sorted(loaded))}，或在账号设置里写上它",
        )
    if nobody:
        yield bad(
            "网点人员",
            f"{'、'.join(nobody)} 所在的网点和上级网点都没有在岗的客户经理或主管，客户的投诉只能转给别处的主管",
            "请用 python -m scripts.add_manager 登记，或把账号改到有人的网点，见 docs/operating.md",
        )
    if unread:
        yield bad(
            "没人看的投诉",
            f"{unread} 件未办结的投诉的负责人不在岗，没有人看得到",
            "请用 python -m scripts.add_manager 登记一位投诉没有涉及的主管，十分钟内会自动转给他，见 docs/operating.md",
        )
    if not reachable:
        yield mind("客户经理", "还没有绑定企业微信账号的客户经理，投诉和提醒没有人收")


def calendar(examination: Examination) -> Iterator[Finding]:
    """Look for the notice of holidays."""
    if examination.engine is None or examination.accounts is None:
        return
    zone = examination.settings.zone
    today = local_date(examination.clock.now(), zone)
    with Session(examination.engine) as db:
        years = Calendars(zone).unannounced(driver(db), today)
    yield mind("节假日", said_missing(years)) if years else good("节假日", f"{today.year}年的放假安排已有")


def parked(examination: Examination) -> Iterator[Finding]:
    """Count the messages that were left to people."""
    if examination.engine is None or examination.accounts is None:
        return
    with Session(examination.engine) as db:
        if count := stalled_turns.parked(driver(db)):
            yield mind("没处理好的消息", f"{count} 条消息两次都没处理成，已转人工，请看主管的待办和 worker 的日志")


def platforms(examination: Examination) -> Iterator[Finding]:
    """Ask each platform from where it calls."""
    if examination.accounts is None:
        return
    accounts, demo = examination.accounts, examination.settings.tiexin_demo
    for channel, name in accounts.names():
        if channel is Channel.OFFICIAL:
            yield asked(f"公众号 {name}", accounts.official(name).client.callback_ips, OFFICIAL_REMEDIES, demo=demo)
        else:
            yield asked(f"企业微信 {name}", accounts.wecom(name).client.callback_ips, WECOM_REMEDIES, demo=demo)

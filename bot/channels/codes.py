"""What each error code of the platforms means and what to do about it.

Official pages "全局返回码" of the Official Account and of WeCom. The two platforms share numbers with different
meanings, hence two tables. `remedy` is for the operator, in Chinese.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Action(enum.StrEnum):
    """What a sender does after an answer."""

    DONE = "done"
    RETRY_BACKOFF = "retry_backoff"  # the platform is busy: at most three more tries, with jitter
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - one new token and one retry; the client has done both already
    PERMANENT_PERSON = "permanent_person"  # this person cannot be reached: mark unfollowed, or the binding as bad
    FALL_BACK = "fall_back"  # window shut or messages used up: take the next step of the ladder
    QUOTA_ZERO = "quota_zero"  # no accepted notice left: set the counted quota to zero, then as FALL_BACK
    PARK_UNTIL_TOMORROW = "park_until_tomorrow"  # daily quota used: hold the queue until 00:00 UTC+8
    WAIT_MINUTE = "wait_minute"  # too fast: wait 60 s and slow down
    STOP_ALERT = "stop_alert"  # nothing will succeed until an operator acts
    REJECT = "reject"  # this request is wrong (a bug or a setting); sending it again changes nothing
    ALREADY_SENT = "already_sent"  # an earlier try got through
    IGNORE = "ignore"  # of no consequence


@dataclass(frozen=True, slots=True)
class Code:
    """One error code."""

    code: int
    action: Action
    meaning: str
    remedy: str


def _table(*groups: tuple[tuple[int, ...], Action, str, str]) -> Mapping[int, Code]:
    return {code: Code(code, action, meaning, remedy) for codes, action, meaning, remedy in groups for code in codes}


_ADDRESS = "请把本机出口 IP 加入后台的 IP 白名单后再试"
_CREDENTIALS = "请核对 AppID 与 AppSecret，在后台重置后更新配置并重启"
_REPORT = "程序或配置有误，请把日志中的 rid 与字段名交给维护人员"

# fmt: off
OFFICIAL: Mapping[int, Code] = _table(
    ((-1,), Action.RETRY_BACKOFF, "system busy", "微信系统繁忙，程序会自动重试"),
    ((0,), Action.DONE, "ok", ""),
    ((40001, 40014, 42001), Action.REFRESH_TOKEN, "access token invalid or expired", _CREDENTIALS),
    ((40003,), Action.PERMANENT_PERSON, "openid is not of this account", "该客户的绑定不属于本公众号，请重新绑定"),
    ((40004, 40005, 40006, 40007), Action.REJECT, "media type, size or id refused", "素材无效或已过期，请重新上传"),
    ((40008,), Action.REJECT, "message type refused", _REPORT),
    ((40013, 40125, 40243, 41002, 41004), Action.STOP_ALERT, "appid or secret wrong or frozen", _CREDENTIALS),
    ((40029, 40163, 42003), Action.REJECT, "OAuth code bad, used or expired", "请客户重新打开页面授权"),
    ((40016, 40017, 40018, 40019, 40020, 40022, 40023, 40024, 40025, 40026, 40027), Action.REJECT,
     "menu refused", "请核对 menu.yaml 的按钮个数、名称、键与网址长度"),
    ((40037,), Action.REJECT, "template id wrong", "请在后台核对模板 ID，并区分模板消息与订阅通知"),
    ((40053,), Action.REJECT, "QR scene invalid or exhausted", "二维码场景值无效，或永久二维码已用满十万个"),
    ((40164, 61004, 89503, 89506, 89507, 89501), Action.STOP_ALERT, "caller address not allowed", _ADDRESS),
    ((40200,), Action.REJECT, "account type has no right to this", "当前账号类型没有该接口权限，需认证服务号"),
    ((41001,), Action.REJECT, "access token missing", _REPORT),
    ((43004, 50005), Action.PERMANENT_PERSON, "user does not follow", "客户已取消关注，改由客户经理联系"),
    ((43019,), Action.PERMANENT_PERSON, "user is in the black list", "客户在黑名单中，如需联系请在后台移出"),
    ((43101,), Action.QUOTA_ZERO, "user refused or no accepted notice left", "客户的订阅次数已用完，需客户再次订阅"),
    ((44004,), Action.REJECT, "content empty", _REPORT),
    ((45001, 45002, 45008), Action.REJECT, "content, media or articles too large", _REPORT),
    ((45009,), Action.PARK_UNTIL_TOMORROW, "daily quota used up", "当日接口额度已用完，次日零点恢复"),
    ((45011,), Action.WAIT_MINUTE, "called too often in a minute", "调用过快，程序会等一分钟再发"),
    ((45015,), Action.FALL_BACK, "48-hour window shut or not following", "客户 48 小时内未来过消息，请换方式联系"),
    ((45047,), Action.FALL_BACK, "customer-service messages used up", "客服消息条数已用完，请等客户再来消息"),
    ((45056, 45057, 45058, 45059, 45157, 45158, 45159, 49003), Action.REJECT, "tag refused", "请核对标签名称与个数"),
    ((45064,), Action.REJECT, "no right to this mini program or menu link", "请在后台关联小程序，或改用已备案网址"),
    ((45065,), Action.ALREADY_SENT, "client_msg_id was used before", "此前已发出，无需处理"),
    ((45072, 45080, 45081), Action.IGNORE, "typing mark refused", "无需处理"),
    ((46003,), Action.IGNORE, "no menu exists", "无需处理"),
    ((46004,), Action.PERMANENT_PERSON, "user or servicer not found", "客户不存在，请重新绑定"),
    ((47001, 47003), Action.REJECT, "JSON or template argument refused", "请核对模板各字段的类型与长度"),
    ((48001,), Action.STOP_ALERT, "API not granted", "账号没有该接口权限，请在后台查看接口权限（需认证服务号）"),
    ((48002,), Action.PERMANENT_PERSON, "user switched off receiving", "客户关闭了接收，改由客户经理联系"),
    ((48004,), Action.STOP_ALERT, "API banned", "接口被封禁，请登录后台查看通知并申诉"),
    ((48006, 48008), Action.STOP_ALERT, "clear_quota used up or not allowed", "本月清零次数已用完，请等额度自动恢复"),
    ((50001,), Action.REJECT, "user did not authorise the API", "请客户重新授权"),
    ((50002,), Action.PERMANENT_PERSON, "user limited", "客户的微信账号受限，改由客户经理联系"),
    (tuple(range(61451, 61460)) + tuple(range(65400, 65417)), Action.REJECT, "customer-service account refused",
     "请在后台开通并核对客服账号"),
)
"""Codes of the Official Account."""

WECOM: Mapping[int, Code] = _table(
    ((-1,), Action.RETRY_BACKOFF, "system busy", "企业微信系统繁忙，程序会自动重试"),
    ((0,), Action.DONE, "ok", ""),
    ((40001,), Action.REFRESH_TOKEN, "secret or token wrong", "请核对企业 ID 与应用 Secret"),
    ((40014, 42001), Action.REFRESH_TOKEN, "access token invalid or expired", "请核对企业 ID 与应用 Secret"),
    ((40003, 60111, 40031), Action.PERMANENT_PERSON, "userid not found", "通讯录中没有该成员，请核对其企业微信账号"),
    ((40004, 40005, 40006, 40007), Action.REJECT, "media type, size or id refused", "素材无效或已过期，请重新上传"),
    ((40008, 40033, 40035, 40058, 40063, 44004, 47001), Action.REJECT, "argument refused", _REPORT),
    ((40013, 40056, 40091, 41002, 41004, 41011, 42009), Action.STOP_ALERT, "corpid, agentid or secret wrong",
     "请核对企业 ID、AgentId 与应用 Secret"),
    ((40096,), Action.PERMANENT_PERSON, "external user id wrong", "该外部联系人不存在，请重新绑定"),
    ((41001,), Action.REJECT, "access token missing", _REPORT),
    ((41050, 41096), Action.FALL_BACK, "welcome code expired or used", "欢迎语已过 20 秒，改由客户经理问候"),
    ((41051,), Action.IGNORE, "already chatting with the customer", "无需处理"),
    ((45002, 45001, 45008), Action.REJECT, "content too large", _REPORT),
    ((45009,), Action.WAIT_MINUTE, "called too often", "调用过快，程序会等一分钟再发"),
    ((45033,), Action.RETRY_BACKOFF, "too many calls at once", "并发过高，程序会自动重试"),
    ((48002, 48001, 60011, 301002), Action.STOP_ALERT, "the app may not do this", "请给应用授权并核对可见范围"),
    ((50001,), Action.REJECT, "redirect domain not registered", "请在管理后台登记可信域名"),
    ((50002, 84061), Action.PERMANENT_PERSON, "member out of the app's scope", "请把该成员加入应用的可见范围"),
    ((60020,), Action.STOP_ALERT, "caller address not allowed", "请把本机出口 IP 加入应用的企业可信 IP"),
    ((81013,), Action.PERMANENT_PERSON, "no receiver is valid", "收件成员无效或不在应用可见范围，请核对"),
    ((95000, 95011, 95014), Action.REJECT, "customer-service account refused", "请核对微信客服账号与接待人员"),
    ((95001, 95002, 95013, 95018), Action.FALL_BACK, "customer-service window shut, used up or in another state",
     "微信客服会话不可发送，改由客户经理联系"),
    ((95017,), Action.STOP_ALERT, "customer-service API is off", "请在管理后台开启微信客服 API"),
)
# fmt: on
"""Codes of WeCom."""


def lookup(table: Mapping[int, Code], code: int) -> Code:
    """Return the entry of `code`; one the table does not know is a REJECT, so that nothing is sent in a loop."""
    return table.get(code) or Code(code, Action.REJECT, "unknown error code", _REPORT)

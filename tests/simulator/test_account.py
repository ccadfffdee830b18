"""Following, codes, menu, users, tags and media."""

import pytest
import requests

from scripts.simulator.deeds import CannotDo


def test_following_by_code_and_scanning_as_a_follower(world, api, product):
    customer = world.customer("newcomer")
    scene = {"scene": {"scene_str": "am_zhou_0a1b"}}
    code = api.post("/cgi-bin/qrcode/create", action_name="QR_LIMIT_STR_SCENE", action_info=scene)
    customer.scans(str(code["ticket"]))
    first = product.pushed[-1].message
    assert (first["Event"], first["EventKey"], first["Ticket"]) == ("subscribe", "qrscene_am_zhou_0a1b", code["ticket"])
    customer.scans("am_zhou_0a1b")
    assert (product.pushed[-1].message["Event"], product.pushed[-1].message["EventKey"]) == ("SCAN", "am_zhou_0a1b")
    info = api.get("/cgi-bin/user/info", openid=customer.person.address)
    assert (info["subscribe"], info["qr_scene_str"]) == (1, "am_zhou_0a1b")
    assert "nickname" not in info
    customer.unfollows()
    assert api.get("/cgi-bin/user/info", openid=customer.person.address) == {
        "subscribe": 0,
        "openid": customer.person.address,
    }


def test_temporary_codes_end(world, api, product, sim):
    info = {"scene": {"scene_id": 7}}
    code = api.post("/cgi-bin/qrcode/create", action_name="QR_SCENE", expire_seconds=9_999_999, action_info=info)
    assert code["expire_seconds"] == 2_592_000
    picture = requests.get(f"{sim.base_url}/cgi-bin/showqrcode", params={"ticket": code["ticket"]}, timeout=5)
    assert picture.content.startswith(b"\x89PNG")
    world.clock.advance(days=31)
    world.customer("王总").scans("7")
    assert not product.pushed[-1].message["Ticket"]
    long = {"scene": {"scene_str": "x" * 65}}
    assert api.text("x") == 42001
    api.official_token = sim.tokens.stable()[0]
    bad = api.post("/cgi-bin/qrcode/create", action_name="QR_STR_SCENE", action_info=long)
    assert bad["errcode"] == 40053


def test_state_offers_the_codes_that_are_still_good(world, api, sim):
    state = f"{sim.base_url}/sim/api/state"
    assert requests.get(state, timeout=5).json()["scenes"] == []
    scene = {"scene": {"scene_str": "am_zhou_0a1b"}}
    for _ in range(2):
        api.post("/cgi-bin/qrcode/create", action_name="QR_LIMIT_STR_SCENE", action_info=scene)
    api.post("/cgi-bin/qrcode/create", action_name="QR_SCENE", action_info={"scene": {"scene_id": 7}})
    label = {"scene": "am_zhou_0a1b", "label": "周敏的二维码"}
    assert requests.post(f"{sim.base_url}/sim/api/scenes", json=label, timeout=5).status_code == 200
    lasting, passing = label, {"scene": "7", "label": ""}
    assert requests.get(state, timeout=5).json()["scenes"] == [lasting, passing]
    world.clock.advance(minutes=2)
    assert requests.get(state, timeout=5).json()["scenes"] == [lasting]
    assert requests.post(f"{sim.base_url}/sim/api/scenes", json={"scene": "7"}, timeout=5).status_code == 400


def test_menu_is_kept_and_tapped(world, api, product):
    assert api.get("/cgi-bin/menu/get")["errcode"] == 46003
    below = [{"type": "click", "name": "我要投诉", "key": "complaint.file"}]
    menu = {"button": [{"name": "服务", "sub_button": below}, {"type": "view", "name": "官网", "url": "http://x"}]}
    assert api.post("/cgi-bin/menu/create", **menu)["errcode"] == 0
    assert api.get("/cgi-bin/menu/get")["menu"] == menu
    customer = world.customer("王总")
    customer.taps_menu("我要投诉")
    assert (product.pushed[-1].message["Event"], product.pushed[-1].message["EventKey"]) == ("CLICK", "complaint.file")
    assert api.text("x") == 0
    world.clock.advance(minutes=2)
    customer.taps_menu("官网")
    assert product.pushed[-1].message["Event"] == "VIEW"
    assert api.text("x") == 45015
    assert api.get("/cgi-bin/menu/delete")["errcode"] == 0
    assert api.get("/cgi-bin/menu/get")["errcode"] == 46003


@pytest.mark.parametrize(
    ("button", "code"),
    [
        ([], 40016),
        ([{"type": "click", "name": "a", "key": "k"}] * 4, 40016),
        ([{"name": "a", "sub_button": [{"type": "click", "name": "a", "key": "k"}] * 6}], 40023),
        ([{"type": "click", "name": "五个字六字", "key": "k"}], 0),
        ([{"type": "click", "name": "六个汉字太长", "key": "k"}], 40018),
        ([{"type": "click", "name": "a", "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "a", "url": "http://" + "u" * 1024}], 40020),
        ([{"type": "dance", "name": "a"}], 40017),
        ([{"type": "click", "name": "a"}], 40019),
    ],
)
def test_menu_limits(api, button, code):
    assert api.post("/cgi-bin/menu/create", button=button)["errcode"] == code


@pytest.mark.parametrize(
    ("kind", "event", "field"),
    [
        ("scancode_waitmsg", "scancode_waitmsg", "ScanCodeInfo"),
        ("pic_weixin", "pic_weixin", "SendPicsInfo"),
        ("location_select", "location_select", "SendLocationInfo"),
    ],
)
def test_other_buttons_have_their_own_events(world, api, product, kind, event, field):
    api.post("/cgi-bin/menu/create", button=[{"type": kind, "name": "按钮", "key": "k"}])
    world.customer("王总").taps_menu("k")
    assert product.pushed[-1].message["Event"] == event
    assert product.pushed[-1].message[field]


@pytest.mark.parametrize(
    ("send", "kind", "fields"),
    [
        (lambda one: one.sends_picture(), "image", ("PicUrl", "MediaId")),
        (lambda one: one.sends_voice(5), "voice", ("MediaId", "Format")),
        (lambda one: one.sends_video(), "video", ("MediaId", "ThumbMediaId")),
        (lambda one: one.sends_location("城东路"), "location", ("Location_X", "Location_Y", "Label")),
        (lambda one: one.sends_link("新闻", "http://x"), "link", ("Title", "Url")),
        (lambda one: one.sends_sticker(), "text", ("Content",)),
    ],
)
def test_every_kind_of_message(world, product, send, kind, fields):
    send(world.customer("王总"))
    message = product.pushed[-1].message
    assert message["MsgType"] == kind
    assert all(message[name] for name in fields)
    assert "Recognition" not in message


def test_whoever_left_taps_nothing_and_some_buttons_tell_nothing(world, api, product):
    product.answer = lambda pushed: '<a href="weixin://bizmsgmenu?msgmenucontent=好&msgmenuid=1">好</a>'
    customer = world.customer("王总")
    customer.says("你好")
    api.post("/cgi-bin/menu/create", button=[{"type": "media_id", "name": "图", "media_id": "m", "key": "m"}])
    with pytest.raises(CannotDo, match="素材"):
        customer.taps_menu("m")
    customer.unfollows()
    with pytest.raises(CannotDo, match="关注"):
        customer.taps("好")


def test_pictures_can_be_fetched(world, api, product, sim):
    world.customer("王总").sends_picture()
    message = product.pushed[-1].message
    assert requests.get(str(message["PicUrl"]), timeout=5).content.startswith(b"\x89PNG")
    url = f"{sim.base_url}/cgi-bin/media/get"
    query = {"access_token": api.official_token, "media_id": message["MediaId"]}
    assert requests.get(url, params=query, timeout=5).headers["Content-Type"] == "image/png"
    world.clock.advance(days=4)
    query["access_token"] = sim.tokens.stable()[0]
    assert requests.get(url, params=query, timeout=5).json()["errcode"] == 40007


def test_uploads_have_types_and_sizes(world, api, sim):
    def upload(kind, content):
        url = f"{sim.base_url}/cgi-bin/media/upload"
        query = {"access_token": api.official_token, "type": kind}
        return requests.post(url, params=query, files={"media": ("a.jpg", content, "image/jpeg")}, timeout=5).json()

    assert upload("image", b"x" * (2 << 20 | 1))["errcode"] == 45001
    assert upload("poem", b"x")["errcode"] == 40004
    media_id = upload("image", b"x")["media_id"]
    customer = world.customer("王总")
    customer.says("你好")
    body = {"touser": customer.person.address, "msgtype": "image", "image": {"media_id": media_id}}
    assert api.post("/cgi-bin/message/custom/send", **body)["errcode"] == 0
    customer.sees(kind="image")


def test_tags(api, sim):
    wang = sim.people.get("王总").address
    tag = api.post("/cgi-bin/tags/create", tag={"name": "钻石"})["tag"]["id"]
    assert api.post("/cgi-bin/tags/create", tag={"name": "钻石"})["errcode"] == 45157
    assert api.post("/cgi-bin/tags/create", tag={"name": "长" * 11})["errcode"] == 45158
    assert api.post("/cgi-bin/tags/members/batchtagging", tagid=tag, openid_list=[wang])["errcode"] == 0
    assert api.post("/cgi-bin/tags/members/batchtagging", tagid=tag, openid_list=["oX"])["errcode"] == 49003
    assert api.get("/cgi-bin/tags/get")["tags"] == [{"id": tag, "name": "钻石", "count": 1}]
    assert api.post("/cgi-bin/tags/getidlist", openid=wang)["tagid_list"] == [tag]
    assert api.get("/cgi-bin/user/info", openid=wang)["tagid_list"] == [tag]
    assert api.post("/cgi-bin/user/tag/get", tagid=tag)["data"]["openid"] == [wang]
    assert api.post("/cgi-bin/tags/update", tag={"id": tag, "name": "金"})["errcode"] == 0
    assert api.post("/cgi-bin/tags/members/batchuntagging", tagid=tag, openid_list=[wang])["errcode"] == 0
    assert api.post("/cgi-bin/tags/delete", tag={"id": tag})["errcode"] == 0
    assert api.post("/cgi-bin/tags/delete", tag={"id": tag})["errcode"] == 45159
    assert api.post("/cgi-bin/tags/delete", tag={"id": 2})["errcode"] == 45058


def test_followers_are_listed(api, sim):
    listed = api.get("/cgi-bin/user/get")
    assert listed["total"] == 8
    assert sim.people.get("吴婷").address not in listed["data"]["openid"]

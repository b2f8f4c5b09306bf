"""Which characters a file of text means, in the encodings that people still send."""

import pytest

from ingestion.formats.encoding import declared_encoding, looks_like_text, read_characters

TEXTS = {
    "ru": "Ключ от маяка лежит в шкафу номер сорок семь. Смотритель проверяет лампу каждый вечер, записывает время и "
    "погоду в журнал. Если ветер сильнее шести баллов, катер не выходит. Запасные части хранятся на складе у причала.",
    "uk": "Ключ від маяка лежить у шафі номер сорок сім. Доглядач щовечора перевіряє лампу й записує час і погоду в "
    "журнал. Якщо вітер сильніший за шість балів, катер не виходить. Запасні частини зберігаються біля причалу.",
    "bg": "Ключът от фара е в шкаф номер четиридесет и седем. Пазачът проверява лампата всяка вечер и записва часа и "
    "времето в дневника. Ако вятърът е по-силен от шест бала, катерът не излиза. Резервните части са в склада.",
    "el": "Το κλειδί του φάρου βρίσκεται στο ντουλάπι σαράντα επτά. Ο φύλακας ελέγχει τη λάμπα κάθε βράδυ και γράφει "
    "την ώρα και τον καιρό στο ημερολόγιο. Αν ο άνεμος είναι πάνω από έξι μποφόρ, το σκάφος δεν βγαίνει.",
    "pl": "Klucz do latarni leży w szafie numer czterdzieści siedem. Latarnik co wieczór sprawdza lampę, zapisuje "
    "godzinę i pogodę w dzienniku. Jeśli wiatr jest silniejszy niż sześć stopni, łódź nie wypływa z portu. Części są "
    "przechowywane w magazynie obok nabrzeża.",
    "cs": "Klíč od majáku leží ve skříni číslo čtyřicet sedm. Strážce každý večer kontroluje lampu a zapisuje čas a "
    "počasí do deníku. Když je vítr silnější než šest stupňů, člun nevyplouvá. Náhradní díly jsou uloženy ve "
    "skladišti.",
    "hu": "A világítótorony kulcsa a negyvenhetes szekrényben van. Az őr minden este ellenőrzi a lámpát, és beírja az "
    "időt és az időjárást a naplóba. Ha a szél hatosnál erősebb, a hajó nem fut ki. A pótalkatrészek a "
    "raktárban vannak.",
    "tr": "Deniz fenerinin anahtarı kırk yedi numaralı dolapta duruyor. Bekçi her akşam lambayı kontrol eder, saati ve "
    "hava durumunu deftere yazar. Rüzgâr altı kuvvetinden güçlüyse tekne çıkmaz. Yedek parçalar iskeledeki depoda.",
    "de": "Der Schlüssel für den Leuchtturm liegt im Schrank siebenundvierzig. Der Wärter prüft die Lampe jeden "
    "Abend und "
    "trägt Uhrzeit und Wetter ins Buch ein. Bei mehr als sechs Windstärken läuft das Boot nicht aus. Größe und Maße "
    "stehen auf der Rückseite.",
    "fr": "La clé du phare se trouve dans l'armoire numéro quarante-sept. Le gardien vérifie la lampe chaque "
    "soir, note "
    "l'heure et la météo dans le cahier. Si le vent dépasse force six, la vedette reste à quai. Les pièces de rechange "
    "sont rangées près du môle.",
    "es": "La llave del faro está en el armario número cuarenta y siete. El guardián revisa la lámpara cada noche y "
    "anota la hora y el tiempo en el diario. Si el viento pasa de fuerza seis, la lancha no sale. ¿Dónde se "
    "guardan los "
    "repuestos? En el almacén del muelle, señor.",
    "sv": "Nyckeln till fyren ligger i skåp nummer fyrtiosju. Vaktmästaren kontrollerar lampan varje kväll och skriver "
    "klockslag och väder i boken. Om det blåser mer än sex går båten inte ut. Reservdelarna förvaras på övre hyllan.",
    "lt": "Švyturio raktas guli keturiasdešimt septintoje spintoje. Prižiūrėtojas kiekvieną vakarą tikrina lempą ir "
    "įrašo laiką bei orą į žurnalą. Jei vėjas stipresnis nei šeši balai, kateris neišplaukia. Atsarginės dalys "
    "sandėlyje.",
    "he": "המפתח של המגדלור נמצא בארון מספר ארבעים ושבע. השומר בודק את המנורה בכל ערב ורושם את השעה ואת מזג האוויר "
    "ביומן. אם הרוח חזקה משש, הסירה אינה יוצאת. חלקי החילוף נמצאים במחסן ליד הרציף.",
    "ar": "مفتاح المنارة موجود في الخزانة رقم سبعة وأربعين. يفحص الحارس المصباح كل مساء ويكتب الوقت وحالة الطقس في "
    "الدفتر. إذا كانت الريح أقوى من ست درجات فلا يخرج القارب. قطع الغيار محفوظة في المخزن قرب الرصيف.",
    "th": "กุญแจประภาคารอยู่ในตู้หมายเลขสี่สิบเจ็ด ผู้ดูแลตรวจหลอดไฟทุกเย็นและจดเวลากับสภาพอากาศลงในสมุด ถ้าลมแรงกว่าหกระดับ เรือจะไม่ออก",
    "zh-hans": "灯塔的钥匙放在四十七号柜子里。看守人每天晚上检查灯泡，把时间和天气写在日志上。如果风力超过六级，"
    "小艇就不出港。"
    "备用零件存放在码头旁边的仓库，领取时请在登记表上签名。",
    "zh-hant": "燈塔的鑰匙放在四十七號櫃子裡。看守人每天晚上檢查燈泡，把時間和天氣寫在日誌上。如果風力超過六級，"
    "小艇就不出港。"
    "備用零件存放在碼頭旁邊的倉庫，領取時請在登記表上簽名。",
    "ja": "灯台の予備の鍵は四十七番の棚にあります。灯台守は毎晩ランプを点検し、時刻と天気を日誌に書きます。風が"
    "六を超えると、"
    "ボートは出港しません。交換部品は埠頭のそばの倉庫に保管してください。",
    "ko": "등대 열쇠는 사십칠 번 보관함에 있습니다. 관리인은 매일 저녁 전등을 점검하고 시간과 날씨를 일지에 "
    "적습니다. 바람이 "
    "여섯 단계보다 강하면 배는 나가지 않습니다. 예비 부품은 부두 옆 창고에 있습니다.",
}
ENCODINGS = {
    "ru": ("cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic"),
    "uk": ("cp1251", "koi8_u"),
    "bg": ("cp1251", "iso8859_5"),
    "el": ("cp1253", "iso8859_7"),
    "pl": ("cp1250", "iso8859_2"),
    "cs": ("cp1250", "iso8859_2"),
    "hu": ("cp1250", "iso8859_2"),
    "tr": ("cp1254",),
    "de": ("cp1252", "mac_roman"),
    "fr": ("cp1252", "mac_roman"),
    "es": ("cp1252", "mac_roman"),
    "sv": ("cp1252", "mac_roman"),
    "lt": ("cp1257",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "th": ("cp874",),
    "zh-hans": ("gb18030",),
    "zh-hant": ("big5",),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("euc_kr",),
}


def _of_length(text: str, encoding: str, size: int, start: int) -> str:
    """Return whole characters of the text that take at most `size` bytes, from a character on, text over again."""
    repeated = (text[start:] + " " + text * 30)[: 2 * size]
    while len(repeated.encode(encoding)) > size:
        repeated = repeated[: -max(1, (len(repeated.encode(encoding)) - size) // 2)]
    return repeated


PAIRS = [(language, encoding) for language, encodings in ENCODINGS.items() for encoding in encodings]


@pytest.mark.parametrize("size", [40, 200, 2000])
@pytest.mark.parametrize(("language", "encoding"), PAIRS)
def test_a_text_of_any_length_is_read_in_its_encoding(language: str, encoding: str, size: int) -> None:
    text = _of_length(TEXTS[language], encoding, size, 0)
    assert read_characters(text.encode(encoding)) == (text, 0)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "编号,名称,存放位置\nKH-07,绳索,三号仓库\n"),
        ("cp932", "番号,品名,場所\nK7,予備のロープ,倉庫\n"),
        ("cp1251", "артикул;название\nК-7;Канат запасной\n"),
        ("cp949", "번호,품명,위치\nK7,밧줄,창고\n"),
        ("big5", "編號,名稱,位置\nK7,繩索,倉庫\n"),
        ("cp1252", "Nr;Größe\nK7;für Stühle\n"),
        ("cp932", "ｶﾌﾞｼｷｶﾞｲｼｬ,ﾄｳｷﾖｳ\n"),
    ],
)
def test_a_table_of_two_lines_is_read_in_its_encoding(encoding: str, text: str) -> None:
    assert read_characters(text.encode(encoding)) == (text, 0)


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("language", ["de", "ru", "ja", "ko"])
def test_a_text_of_wide_characters_is_read_with_or_without_its_mark(language: str, encoding: str) -> None:
    assert read_characters(TEXTS[language].encode(encoding)) == (TEXTS[language], 0)


@pytest.mark.parametrize(
    ("raw", "text", "lost"),
    [
        ("Größe, ".encode() * 20 + b"T\xfcr" + ", Maß".encode() * 20, "Größe, " * 20 + "T\ufffdr" + ", Maß" * 20, 1),
        (b"M\xfcll, " + "Größe und Maß".encode(), "M\ufffdll, Größe und Maß", 1),
        ("Größe, Maß".encode()[:-1], "Größe, Ma\ufffd", 1),
        ("日本".encode()[:-1], "日\ufffd", 1),
        (b"lamp 7\x007\x001", "lamp 771", 2),
        (b"caf\xc3\xa9 \xed\xa0\xbd\xed\xb8\x80", "café 😀", 0),
        (b"caf\xc3\xa9\xc0\x80", "café", 1),
        ("bad \ufffd is one character".encode(), "bad \ufffd is one character", 0),
        (b"", "", 0),
    ],
)
def test_a_bad_byte_is_one_bad_character(raw: bytes, text: str, lost: int) -> None:
    assert read_characters(raw) == (text, lost)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("windows-1251", "cp1251", "Шкаф 7"),
        ("koi8-r", "koi8_r", "шкаф"),
        ("iso-8859-2", "iso8859_2", "ťuk"),
        ("ISO-8859-1", "cp1252", "3 € – “so”"),
        ("shift_jis", "cp932", "①鍵"),
        ("gb2312", "gb18030", "钥匙放"),
        ("x-mac-cyrillic", "mac_cyrillic", "Ключ"),
        ("hz", "hz", "钥匙"),
    ],
)
def test_a_declared_encoding_is_used_where_it_makes_text(declared: str, encoding: str, text: str) -> None:
    assert read_characters(text.encode(encoding), declared) == (text, 0)


@pytest.mark.parametrize(
    "declared", ["latin-1", "utf-8", "unknown-8bit", "rot13", "unicode_escape", "", "x" * 99, "\0"]
)
def test_a_wrong_declaration_does_not_win(declared: str) -> None:
    assert read_characters(TEXTS["ru"].encode("cp1251"), declared) == (TEXTS["ru"], 0)
    assert read_characters("Größe".encode(), "shift_jis" if declared else None) == ("Größe", 0)


@pytest.mark.parametrize(
    ("raw", "declared"),
    [
        (b'<?xml version="1.0" encoding="windows-1251"?><a/>', "windows-1251"),
        (b'<html><head><META http-equiv=x content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<meta charset=big5>", "big5"),
        (b"#!/bin/sh\n# -*- coding: euc-jp -*-\n", "euc-jp"),
        (b"one\ntwo\n# coding: euc-jp\n", None),
    ],
)
def test_a_text_may_declare_its_encoding(raw: bytes, declared: str | None) -> None:
    assert declared_encoding(raw) == declared


def test_a_vietnamese_text_is_made_of_whole_letters() -> None:
    raw = "Chi\u0300a kho\u0301a ơ\u0309 tu\u0309 sô\u0301 47".encode("cp1258")
    assert read_characters(raw, "windows-1258") == ("Chìa khóa ở tủ số 47", 0)


@pytest.mark.parametrize(
    ("head", "is_text"),
    [
        (b"The code is 7\x007\x001\x009.", True),
        (b"log line\n" + bytes(4000), True),
        (TEXTS["ja"].encode("utf-16-le"), True),
        (bytes(4000), False),
        (bytes(range(256)) * 4, False),
        (b"\x00\x01\x02\x03", False),
    ],
)
def test_text_is_told_from_binary_data(head: bytes, *, is_text: bool) -> None:
    assert looks_like_text(head) is is_text

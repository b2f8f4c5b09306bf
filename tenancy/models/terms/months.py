"""The names of the months as dates are written in, by language, and their usual short forms."""

import re
import unicodedata
from typing import Final

# Twelve to a language, in every case that a date puts them in; "/" parts the forms of one month.
_NAMES: Final = (
    "january february march april may june july august september october november december",
    "januar/jänner februar/feber märz/maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "januar februar marts april maj juni juli august september oktober november december",
    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
    (
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta "
        "lokakuuta marraskuuta joulukuuta"
    ),
    (
        "tammikuussa helmikuussa maaliskuussa huhtikuussa toukokuussa kesäkuussa heinäkuussa elokuussa "
        "syyskuussa lokakuussa marraskuussa joulukuussa"
    ),
    (
        "styczeń/stycznia/styczniu luty/lutego/lutym marzec/marca/marcu kwiecień/kwietnia/kwietniu "
        "maj/maja/maju czerwiec/czerwca/czerwcu lipiec/lipca/lipcu sierpień/sierpnia/sierpniu "
        "wrzesień/września/wrześniu październik/października/październiku listopad/listopada/listopadzie "
        "grudzień/grudnia/grudniu"
    ),
    (
        "leden/ledna/lednu únor/února/únoru březen/března/březnu duben/dubna/dubnu květen/května/květnu "
        "červen/června/červnu červenec/července/červenci srpen/srpna/srpnu září říjen/října/říjnu "
        "listopad/listopadu prosinec/prosince/prosinci"
    ),
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "január február március április május június július augusztus szeptember október november december",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    (
        "январь/января/январе февраль/февраля/феврале март/марта/марте апрель/апреля/апреле май/мая/мае "
        "июнь/июня/июне июль/июля/июле август/августа/августе сентябрь/сентября/сентябре "
        "октябрь/октября/октябре ноябрь/ноября/ноябре декабрь/декабря/декабре"
    ),
    (
        "січень/січня/січні лютий/лютого березень/березня/березні квітень/квітня/квітні травень/травня/травні "
        "червень/червня/червні липень/липня/липні серпень/серпня/серпні вересень/вересня/вересні "
        "жовтень/жовтня/жовтні листопад/листопада/листопаді грудень/грудня/грудні"
    ),
    (
        "јануар/јануара фебруар/фебруара март/марта април/априла мај/маја јун/јуна јул/јула август/августа "
        "септембар/септембра октобар/октобра новембар/новембра децембар/децембра"
    ),
    (
        "ιανουάριος/ιανουαρίου φεβρουάριος/φεβρουαρίου μάρτιος/μαρτίου/μάρτη απρίλιος/απριλίου μάιος/μαΐου "
        "ιούνιος/ιουνίου ιούλιος/ιουλίου αύγουστος/αυγούστου σεπτέμβριος/σεπτεμβρίου οκτώβριος/οκτωβρίου "
        "νοέμβριος/νοεμβρίου δεκέμβριος/δεκεμβρίου"
    ),
    "يناير فبراير/شباط مارس أبريل/ابريل مايو يونيو يوليو أغسطس/اغسطس سبتمبر أكتوبر/اكتوبر نوفمبر ديسمبر",
    "جانفي فيفري آذار نيسان/أفريل أيار/ماي حزيران/جوان تموز/جويلية آب/أوت أيلول أكتوبر نوفمبر ديسمبر",
    "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه/جولای اوت/آگوست سپتامبر اکتبر نوامبر دسامبر",
    (
        "ינואר/בינואר פברואר/בפברואר מרץ/במרץ אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט "
        "ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר"
    ),
    "जनवरी फ़रवरी/फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर",
)
_SHORT: Final = (
    "jan/ene/gen/янв feb/fev/févr/febr/фев mar/mär/mrz/mrt/márc/мар apr/abr/avr/ápr/апр may/mag jun/giu/июн "
    "jul/juil/lug/июл aug/ago/aoû/авг/ağu sep/sept/set/szept/сен/сент/eyl oct/okt/out/ott/окт nov/ноя "
    "dec/dez/dic/des/déc/дек"
)
THAI_MONTHS: Final = (
    *("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน"),
    *("กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
)


def _numbers(*rows: str) -> dict[str, int]:
    """Return the number of each month by its names, folded, with and without accents; the first row to say it wins."""
    found: dict[str, int] = {}
    for row in rows:
        for number, names in enumerate(row.split(), start=1):
            for name in names.casefold().split("/"):
                composed = unicodedata.normalize("NFKC", name)
                bare = "".join(
                    char for char in unicodedata.normalize("NFD", name) if char < "\u0300" or char > "\u036f"
                )
                for form in (composed, bare):
                    found.setdefault(form, number)
    return found


FULL_MONTHS: Final = _numbers(*_NAMES)
MONTHS: Final = {**_numbers(_SHORT), **FULL_MONTHS}
_NAMES_OF: Final = {number: frozenset(each for each in MONTHS if MONTHS[each] == number) for number in range(1, 13)}
_MONTH_OF: Final = re.compile(r"(?:\d{4}|-)-(\d\d)(?:-\d\d)?")


def names_of(date: str) -> frozenset[str]:
    """Return the names of the month of a date, in the form of its term; none of a time of day."""
    month = _MONTH_OF.fullmatch(date)
    return (_NAMES_OF[int(month[1])] | {"tháng"}) if month else frozenset()

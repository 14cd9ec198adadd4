"""The tables behind `crawler.extraction.dates`: names of months, zones, shapes of dates, what may stand around them.

Every table and every text goes through `fold` first, so that patterns know neither accents nor odd spaces nor digits of
other scripts: a pattern is written for folded text. The functions at the end turn a match into values.

A long file, as most of it is tables.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

# --- Folding --------------------------------------------------------------------------------------------------------

_ONE_TO_ONE = {
    **dict.fromkeys("‐‑‒−﹣－", "-"),  # hyphens and the minus sign; en and em dash keep their meaning (range, dateline)
    **dict.fromkeys("’‘ʼ´`′", "'"),
    **dict.fromkeys("،，", ","),
    **dict.fromkeys("\u2028\u2029\x85", "\n"),
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "٫": ".",
}


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if character in _ONE_TO_ONE or category in {"Mn", "Cf"}:  # accents written apart; soft hyphens, direction marks
        return _ONE_TO_ONE.get(character, "")
    if category == "Nd":  # digits of any script. Superscripts are footnotes, not digits, and are left as they are
        return str(unicodedata.decimal(character))
    if character.isspace() and character not in "\n\r":
        return " "
    if "\uff01" <= character <= "\uff5e":  # full-width ASCII
        return chr(ord(character) - 0xFEE0)
    if category[0] == "L" and not "\uac00" <= character <= "\ud7a3":  # Hangul would fall apart into jamo
        parts = unicodedata.normalize("NFKD", character)
        return "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return character


_FOREIGN = re.compile("[^ -_a-~]")  # every other character folds to itself


def fold(text: str) -> str:
    """Return `text` without accents and format marks, with plain spaces, hyphens, apostrophes and ASCII digits."""
    return text if text.isascii() else _FOREIGN.sub(lambda match: _fold_character(match[0]), text)


def unfolded_offset(text: str, folded_offset: int) -> int:
    """Return the offset in `text` of the character that stands at `folded_offset` in `fold(text)`."""
    if text.isascii():
        return folded_offset
    length = 0
    for offset, character in enumerate(text):
        if length >= folded_offset and _fold_character(character):
            return offset
        length += len(_fold_character(character))
    return len(text)


# --- Names ----------------------------------------------------------------------------------------------------------

# One row a language (ISO 639-1), twelve columns from January; forms of a month are separated by "/": the nominative,
# the case used after a day, the common abbreviations. A column that repeats another row's spelling is still written.
_MONTH_ROWS = """
en january/jan february/febr/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep october/oct november/nov december/dec
fr janvier/janv fevrier/fevr/fev mars avril/avr mai juin juillet/juil aout septembre/sept octobre/oct novembre/nov decembre/dec
de januar/jänner/jan februar/feber/feb märz/mär/mrz april/apr mai juni/jun juli/jul august/aug september/sept/sep oktober/okt november/nov dezember/dez
es enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/setiembre/sept/sep/set octubre/oct noviembre/nov diciembre/dic
pt janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set outubro/out novembro/nov dezembro/dez
it gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/sett/set ottobre/ott novembre/nov dicembre/dic
nl januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sept/sep oktober/okt november/nov december/dec
ca gener/gen febrer/febr març abril/abr maig juny juliol/jul agost/ag setembre/set octubre/oct novembre/nov desembre/des
ro ianuarie/ian februarie/feb martie/mar aprilie/apr mai iunie/iun iulie/iul august/aug septembrie/sept/sep octombrie/oct noiembrie/nov decembrie/dec
sv januari/jan februari/feb mars/mar april/apr maj juni/jun juli/jul augusti/aug september/sept/sep oktober/okt november/nov december/dec
da januar/jan februar/feb marts/mar april/apr maj juni/jun juli/jul august/aug september/sept/sep oktober/okt november/nov december/dec
no januar/jan februar/feb mars/mar april/apr mai juni/jun juli/jul august/aug september/sept/sep oktober/okt november/nov desember/des
fi tammikuu/tammikuuta helmikuu/helmikuuta maaliskuu/maaliskuuta huhtikuu/huhtikuuta toukokuu/toukokuuta kesäkuu/kesäkuuta heinäkuu/heinäkuuta elokuu/elokuuta syyskuu/syyskuuta lokakuu/lokakuuta marraskuu/marraskuuta joulukuu/joulukuuta
hu január/jan február/febr március/márc április/ápr május/máj június/jún július/júl augusztus/aug szeptember/szept október/okt november/nov december/dec
pl styczeń/stycznia luty/lutego marzec/marca kwiecień/kwietnia maj/maja czerwiec/czerwca lipiec/lipca sierpień/sierpnia wrzesień/września październik/października listopad/listopada grudzień/grudnia
cs leden/ledna únor/února březen/března duben/dubna květen/května červen/června červenec/července srpen/srpna září říjen/října listopad/listopadu prosinec/prosince
sk január/januára február/februára marec/marca apríl/apríla máj/mája jún/júna júl/júla august/augusta september/septembra október/októbra november/novembra december/decembra
sl januar/januarja februar/februarja marec/marca april/aprila maj/maja junij/junija julij/julija avgust/avgusta september/septembra oktober/oktobra november/novembra december/decembra
hr siječanj/siječnja veljača/veljače ožujak/ožujka travanj/travnja svibanj/svibnja lipanj/lipnja srpanj/srpnja kolovoz/kolovoza rujan/rujna listopad/listopada studeni/studenog/studenoga prosinac/prosinca
ru январь/января/янв февраль/февраля/фев/февр март/марта/мар апрель/апреля/апр май/мая июнь/июня/июн июль/июля/июл август/августа/авг сентябрь/сентября/сен/сент октябрь/октября/окт ноябрь/ноября/ноя/нояб декабрь/декабря/дек
uk січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт травень/травня/трав червень/червня/черв липень/липня/лип серпень/серпня/серп вересень/вересня/вер жовтень/жовтня/жовт листопад/листопада/лист грудень/грудня/груд
bg януари февруари март април май юни юли август септември октомври ноември декември
el Ιανουάριος/Ιανουαρίου Φεβρουάριος/Φεβρουαρίου Μάρτιος/Μαρτίου Απρίλιος/Απριλίου Μάιος/Μαΐου Ιούνιος/Ιουνίου Ιούλιος/Ιουλίου Αύγουστος/Αυγούστου Σεπτέμβριος/Σεπτεμβρίου Οκτώβριος/Οκτωβρίου Νοέμβριος/Νοεμβρίου Δεκέμβριος/Δεκεμβρίου
tr Ocak/Oca Şubat/Şub Mart/Mar Nisan/Nis Mayıs/May Haziran/Haz Temmuz/Tem Ağustos/Ağu Eylül/Eyl Ekim/Eki Kasım/Kas Aralık/Ara
id januari/jan februari/feb maret/mar april/apr mei juni/jun juli/jul agustus/agu september/sep oktober/okt november/nov desember/des
ar يناير/جانفي/كانون_الثاني فبراير/فيفري/شباط مارس/آذار أبريل/إبريل/أفريل/نيسان مايو/ماي/أيار يونيو/جوان/حزيران يوليو/جويلية/تموز أغسطس/أوت/آب سبتمبر/أيلول أكتوبر/تشرين_الأول نوفمبر/تشرين_الثاني ديسمبر/كانون_الأول
he ינואר/בינואר פברואר/בפברואר מרץ/במרץ אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר
"""  # noqa: E501 - one language, one row

# EDTF level 1 seasons, independent of location: 21 spring, 22 summer, 23 autumn, 24 winter.
_SEASON_ROWS = """
21 spring printemps frühling frühjahr primavera lente voorjaar vår forår wiosna весна ilkbahar
22 summer été sommer sommar verano verão estate zomer lato лето літо yaz
23 autumn fall automne herbst otoño outono autunno herfst höst efterår høst jesień осень осінь sonbahar
24 winter hiver invierno inverno vinter zima зима kış
"""

# Weekdays are read and not used: their meaning never changes the date.
_WEEKDAY_WORDS = """
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun
lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom
segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira seg ter qua qui sex
lunedì martedì mercoledì giovedì venerdì sabato gio
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag dilluns dimarts dimecres dijous divendres dissabte diumenge
måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag
poniedziałek wtorek środa czwartek piątek sobota niedziela pondělí úterý středa čtvrtek pátek neděle
luni marți miercuri joi vineri sâmbătă duminică ponedjeljak utorak srijeda četvrtak petak subota nedjelja
понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
понеділок вівторок середа четвер пятниця субота неділя нд
pazartesi salı çarşamba perşembe cuma cumartesi pazar senin selasa rabu kamis jumat sabtu minggu
maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
"""


def _month_table() -> Mapping[str, Mapping[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for row in _MONTH_ROWS.strip().splitlines():
        language, *columns = row.split()
        for month, forms in enumerate(columns, start=1):
            for form in forms.split("/"):
                table.setdefault(fold(form).casefold().replace("_", " "), {})[language] = month
    return MappingProxyType(table)


OWN_LANGUAGES = frozenset(row.split()[0] for row in _MONTH_ROWS.strip().splitlines())

# name → language → month. Only Croatian "listopad(a)" (October; elsewhere November) differs in meaning between
# languages; tests/test_dates.py proves that it stays the only one.
MONTHS = _month_table()
SEASONS: Mapping[str, int] = MappingProxyType(
    {
        fold(name).casefold(): int(row.split()[0])
        for row in _SEASON_ROWS.strip().splitlines()
        for name in row.split()[1:]
    }
)
WEEKDAYS = frozenset(fold(word).casefold() for word in _WEEKDAY_WORDS.split())

# Abbreviations with one meaning on the pages we read, as UTC offsets; None where a name has several ("ET", "IST").
ZONES: Mapping[str, str | None] = MappingProxyType(
    {
        "Z": "Z",
        "UTC": "Z",
        "GMT": "Z",
        "EST": "-05:00",
        "EDT": "-04:00",
        "CST": "-06:00",
        "CDT": "-05:00",
        "MST": "-07:00",
        "MDT": "-06:00",
        "PST": "-08:00",
        "PDT": "-07:00",
        "BST": "+01:00",
        "WEST": "+01:00",
        "CET": "+01:00",
        "CEST": "+02:00",
        "EET": "+02:00",
        "EEST": "+03:00",
        **dict.fromkeys(("ET", "CT", "MT", "PT", "IST", "AST", "AEST", "AEDT", "JST", "SGT", "HKT", "MSK"), None),
    }
)

# --- Pieces of the shapes -------------------------------------------------------------------------------------------

_I = re.IGNORECASE
_NAME = r"[^\W\d_]{2,14}(?:\s(?:الاول|الثاني))?"  # a word that may name a month: looked up, never listed in a pattern
_ORDINAL = r"(?:\s?(?:st|nd|rd|th|er|re|eme|ste|de|º|o|a)(?![^\W\d_])|\.)?"
_OF = r"(?:(?:of|de|del|do|di|den)\s+|d')?"
_GAP = r"[\s.,/-]{0,3}"
_DAY_GAP = r"[\s./-]{0,3}"  # no comma: "Volume 3, March 2015" is a month
_YEAR = r"(?:\d{4}|'?\d{2})(?!\d)"
_YEAR_END = r"(?:\s?(?-i:года|год|г|року|р|roku|r)\b\.?)?"
_TO = r"(?:\s?[-–—]\s?|\s(?:to|until|till|through|thru|bis|au|al|a|tot|do|по|до)\s)"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, _I)


# Shapes with a month's name, read by one function: what stands once (month, year) holds for both ends of an interval.
# The first shape that can be read wins, so intervals stand before days and days before months.
NAMED_FORMS: tuple[re.Pattern[str], ...] = (
    # 27–29 March 2015, 27.–29. März 2015, 27 au 29 mars 2015
    _form(
        rf"(?P<d1>\d{{1,2}}){_ORDINAL}{_TO}(?P<d2>\d{{1,2}}){_ORDINAL}{_GAP}{_OF}(?P<n2>{_NAME}){_GAP}{_OF}(?P<y2>\d{{4}})(?!\d)"
    ),
    # 30 March – 2 April 2015
    _form(
        rf"(?P<d1>\d{{1,2}}){_ORDINAL}{_GAP}{_OF}(?P<n1>{_NAME})\.?{_TO}"
        rf"(?P<d2>\d{{1,2}}){_ORDINAL}{_GAP}{_OF}(?P<n2>{_NAME}){_GAP}{_OF}(?P<y2>\d{{4}})(?!\d)"
    ),
    # March 27-29, 2015
    _form(
        rf"(?P<n1>{_NAME})\.?\s(?P<d1>\d{{1,2}}){_ORDINAL}{_TO}(?P<d2>\d{{1,2}}){_ORDINAL}[\s,]{{1,2}}(?P<y2>\d{{4}})(?!\d)"
    ),
    # March 27 to April 2, 2015
    _form(
        rf"(?P<n1>{_NAME})\.?\s(?P<d1>\d{{1,2}}){_ORDINAL}{_TO}"
        rf"(?P<n2>{_NAME})\.?\s(?P<d2>\d{{1,2}}){_ORDINAL}[\s,]{{1,2}}(?P<y2>\d{{4}})(?!\d)"
    ),
    # 27 March 2015, 27th of March, 2015, 27 de marzo de 2015, 16-Oct-18
    _form(rf"(?P<d1>\d{{1,2}}){_ORDINAL}{_DAY_GAP}{_OF}(?P<n1>{_NAME}){_GAP}{_OF}(?P<y1>{_YEAR}){_YEAR_END}"),
    # March 27, 2015, "March, 27, 2015", Sept. 3rd, 2014, Mar 27, '15
    _form(rf"(?P<n1>{_NAME}){_GAP}(?:the\s)?(?P<d1>\d{{1,2}}){_ORDINAL}[\s.,/-]{{1,3}}(?P<y1>{_YEAR})"),
    # 2015 March 27, 2015. március 27.
    _form(rf"(?P<y1>\d{{4}}){_GAP}(?P<n1>{_NAME}){_GAP}(?P<d1>\d{{1,2}})(?!\d)\.?"),
    # March – April 2015, December 2014 – January 2015, March/April 2015
    _form(
        rf"(?P<n1>{_NAME})\.?(?:\s(?P<y1>\d{{4}}))?(?:{_TO}|/)(?P<n2>{_NAME})\.?[\s,]{{1,2}}{_OF}(?P<y2>\d{{4}})(?!\d)"
    ),
    # March 2015, Mar. 2015, marzo de 2015
    _form(rf"(?P<n1>{_NAME})[\s.,-]{{1,3}}{_OF}(?P<y1>\d{{4}})(?!\d){_YEAR_END}"),
)

# Shapes of numbers whose order is fixed: year first, or named by a word.
ORDERED_FORMS: tuple[re.Pattern[str], ...] = (
    _form(r"(?P<y1>\d{4})(?P<s>[-/.])\s?(?P<m1>\d{1,2})(?P=s)\s?(?P<d1>\d{1,2})(?!\d)"),  # ISO 8601 extended
    _form(r"(?P<y1>\d{4})\s?[年년]\s?(?P<m1>\d{1,2})\s?[月월](?:\s?(?P<d1>\d{1,2})\s?[日号號일])?"),
    _form(r"(?P<d1>\d{1,2})\sthang\s(?P<m1>\d{1,2})[\s,]{1,2}(?:nam\s)?(?P<y1>\d{4})(?!\d)"),  # Vietnamese
)

# 3/4/15, 27.03.2015, 27. 3. 2015: the order is not in the text.
NUMERIC_FORM = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|'?\d{2})(?!\d)" + _YEAR_END, _I)

# These are dates only as the whole text: anywhere else they are numbers. 2015-03, 03/2015; 20150327, 20150327T103000Z.
YEAR_MONTH_FORM = re.compile(r"(?P<y1>\d{4})[-/](?P<m1>\d\d)|(?P<m2>\d\d?)/(?P<y2>\d{4})")
COMPACT_FORM = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?:(?P<zone>Z)|(?P<offset>[+-]\d\d(?::?\d\d)?))?)?",
    _I,
)
YEAR_FORM = re.compile(r"(1[5-9]\d\d|2[01]\d\d)(?:\s?(?:年|년|г\.|год))?", _I)

# Winter 2014-15 names one winter; any other season takes one year.
SEASON_FORM = _form(rf"(?P<name>{_NAME})[\s,]{{1,2}}{_OF}(?P<y>[12]\d{{3}})(?:[-–/](?P<y2>\d{{4}}|\d\d))?(?!\d)")

RANGE_TO = re.compile(rf"{_TO}|/", _I)  # between two whole dates
CIRCA = re.compile(r"(?:circa|ca\.|c\.|ca|approx\.|~)\s?(?=[^\W_])", _I)  # not "c1975": that is a copyright year
UNCERTAIN = re.compile(r"\s?(?:\(\?\)|\?)")

# --- Times of day ---------------------------------------------------------------------------------------------------

_CLOCK = (
    r"(?P<hour>\d{1,2})(?P<mark>[:.h]|\s?[時时点시]\s?)(?P<minute>\d\d)(?:\s?[分분])?"
    r"(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?(?P<uhr>\s?Uhr\b)?"
)
# Offsets follow directly; names are capitals, for "10:30 est" is French for "is".
_ZONE = (
    r"(?:\s?(?-i:UTC|GMT)?\s?(?P<offset>[+-]\d\d?(?::?\d\d)?)(?![\d:])(?:\s?\((?-i:[A-Z]{1,5})\))?"
    r"|\s?\(?(?P<zone>(?-i:" + "|".join(ZONES) + r"))\b\)?)?"
)
CLOCK = re.compile(_CLOCK + _ZONE, _I)
# What may stand between a date and its time. "said" marks a word that makes "10.30" a time.
BEFORE_CLOCK = re.compile(
    r"(?P<iso>T)(?=\d)|[\s,.(]{0,2}(?:(?P<said>at|@|kl\.?|klo|um|a las|alle|as|om|o godz\.|в|о|a)\s|[-–|•·/]\s)?\s?",
    _I,
)
CLOCK_RANGE = re.compile(r"\s?(?:[-–—]|to|until|bis)\s?\d{1,2}(?:[:.h]\d\d|\s?[ap]\.?m)", _I)
# asctime() and Date.toString(): Mar 27 10:00:00 EST 2015
CTIME_FORM = re.compile(rf"(?P<name>{_NAME})\s{{1,2}}(?P<day>\d{{1,2}})\s{_CLOCK}{_ZONE}\s(?P<year>\d{{4}})(?!\d)", _I)

# --- What may stand before a date -----------------------------------------------------------------------------------

OPENERS = re.compile(r"(?:[\s(\[{\"“”«»*•·|>]|[-–—]\s)*")

_LABELS = r"""
for\simmediate\srelease|for\srelease|immediate\srelease|embargoed\s(?:until|for)|(?:press|news|media)\s(?:release|statement|advisory)
|press\sstatement|statement|blog\spost
|(?:first|last|originally|date)?\s?(?:published|posted|updated|modified|revised|reviewed|created|added|issued|released|submitted)
|(?:publication|release|publish|posting|issue|post|update|last\supdate|modification)\s?date|date\sof\s(?:publication|issue|release)
|dated|date|written|last\supdate|update|uploaded|archived
|veroffentlicht(?:ungsdatum)?|erschienen|erstellt|geschrieben|eingestellt|gepostet|aktualisiert|zuletzt\s(?:aktualisiert|geandert)|geandert|stand|datum|pressemitteilung|erscheinungsdatum
|publie|ecrit|mis\sa\sjour|modifie|paru|communique\sde\spresse|date\sde\spublication|derniere\smise\sa\sjour
|publicado|actualizado|atualizado|modificado|fecha(?:\sde\spublicacion)?|data(?:\sde\spublicacao|\sdi\spubblicazione)?|comunicado\sde\s(?:prensa|imprensa)
|pubblicato|aggiornato|ultimo\saggiornamento|comunicato\sstampa|gepubliceerd|geplaatst|bijgewerkt|laatst\s(?:bijgewerkt|gewijzigd)|persbericht
|publicerad|publicerat|uppdaterad|senast\suppdaterad|publisert|oppdatert|offentliggjort|opdateret|pressmeddelande
|opublikowano|data\spublikacji|aktualizacja|publikovano|aktualizovano
|опубликовано|обновлено|дата(?:\sпубликации)?|опубліковано|оновлено|yayinlanma\starihi|yayin\starihi|tarih|guncelleme|diterbitkan
|نشر(?:\sفي)?|تاريخ(?:\sالنشر)?|التاريخ|发布(?:时间|日期|于)?|發布(?:時間|日期)?|时间|日期|公開日|掲載日|投稿日|更新日|最終更新日?|게시일|등록일|작성일|입력|수정
"""
_CONNECTOR = r"(?:(?:on|the|le|am|den|der|el|il|em|op|pa|dne|dnia|na|в|at|in|of|du|del|dal|vom|ngay)(?:\s*:\s*|\s+))"
_JOIN = rf"\s*(?:[:,|•·–—-]\s*)?{_CONNECTOR}{{0,2}}"  # the colon and the "on" after a label
_LABEL_GROUP = rf"(?:{_LABELS.replace(chr(10), '')})"
LABEL = re.compile(rf"{_LABEL_GROUP}(?![^\W\d_]){_JOIN}|(?:发布|發布|更新|입력)\s*:?\s*", _I)
_BY = r"(?:by|von|par|por|door|av|di|da)\s+"
# Posted by Jane Doe on March 27, 2015; Submitted by admin on Fri, 03/27/2015
LABEL_BY = re.compile(
    rf"{_LABEL_GROUP}\s{_BY}[^\n.!?:;]{{1,60}}?(?:\s(?:on|am|le|el|em|op)\s+|\s?[,|•·–—]\s*|\n\s*)", _I
)

_CAPITAL = r"(?-i:[A-ZА-ЯІЇЄΑ-Ω])(?:[^\W\d_]|[.'-])*"  # "(ERR-223, January 2017)" cites a report
_PLACE = rf"{_CAPITAL}(?:(?:,\s|\s?/\s?|\s(?:(?:and|de|da|do|la|of|the|am|&)\s)?){_CAPITAL}){{0,6}}"
# Words that open a sentence or name something that is no place: what follows is prose, a deadline or a life's dates.
_NOT_PLACE = (
    r"(?!(?:in|on|at|since|after|before|by|until|till|from|for|as|when|while|during|between|this|that|these|it|we|he|she|they|if|but"
    r"|and|or|to|with|under|effective|deadline|due|expires?|expired|born|died|copyright|chapter|section|article|room|act|page|vol|volume"
    r"|no|number|next|upcoming|event|am|seit|im|bis|depuis|en|le|desde|dal)\b)"
)
# NEW YORK, May 5 | By Jane Doe, May 5 (the date must end its phrase)
PLACE_COMMA = re.compile(
    rf"(?:by\s{_CAPITAL}\s|{_NOT_PLACE}){_PLACE},\s+(?:(?:le|den|am|el|a|dne|dnia|il|the)\s+)?", _I
)
# WASHINGTON – Monday, January 9, 2017 – (a dash must close the date as well)
PLACE_DASH = re.compile(rf"{_NOT_PLACE}{_PLACE}\s?(?:[–—]|-{{1,2}}\s)\s?", _I)
# Jane Doe | Senior Writer | July 2, 2025; by Jane Doe - July 2, 2025
BYLINE = re.compile(rf"by\s+{_PLACE}(?:\s+on\s+|\s?[–—]\s?|\s-\s|\n\s*)|(?:by\s+|{_NOT_PLACE}){_PLACE}\s?[|•·]\s?", _I)
# SAINT PAUL, Minn. (May 5, 2015) –
PLACE_BRACKET = re.compile(rf"{_NOT_PLACE}{_PLACE},?\s?[(\[]\s?", _I)
CONNECTOR = re.compile(_CONNECTOR, _I)
WEEKDAY = re.compile(
    r"(?P<word>[^\W\d_]{2,12}(?:-feira)?)(?=[\s.,])[\s.,]{1,3}(?:-\s)?(?:(?:the|den|le|el|il)\s+)?", _I
)
AFTER_LEADING_CLOCK = re.compile(r"\s?(?:[,|•·–—-]\s?)?(?:on\s)?\s?", _I)

# --- What may stand after it ----------------------------------------------------------------------------------------

# A date glued to more letters or digits is a part of something else: 2015-03-27-0042, 20153, 2015's.
ATTACHED = re.compile(r"[a-zA-Z0-9_а-яА-Я]|[-/.:]\d|'\w")
FOLLOWS_ANY = re.compile(r"")
# What opens the second half of a byline: "March 27, 2015, updated March 30, 2015".
_CHANGED = (
    r"last|updated|modified|edited|revised|mise?\sa\sjour|modifiee?|aktualisiert|geandert|actualizad[oa]|atualizad[oa]"
    r"|aggiornat[oa]|bijgewerkt|uppdaterad"
)
# After a label: "Posted on May 5, 2015 in News" is a byline, "Issued on May 5, 2015, the ruling" a sentence.
FOLLOWS_LABEL = re.compile(rf"(?!,\s+(?!(?:by|par|por|von|in|at|um|posted|published|{_CHANGED})\b)[a-zа-яіїєα-ω])")
# Not the start of a sentence that goes on in lower case. Bylines and times go on in lower case and are no sentences.
FOLLOWS_PHRASE = re.compile(
    rf"(?![\s,]+(?!(?:by|par|por|von|door|av|af|di|przez|от|автор|{_CHANGED})\b|(?:at|um|om|kl|klo|a)\.?\s\d)"
    r"[a-zа-яіїєα-ω])"
)
# The date ends its phrase: end of text or line, a dash, a bracket (not a count, as in "August 2007 (23)"), a bullet.
FOLLOWS_BREAK = re.compile(r"\s*\Z|\s*\n|\s?[)\]}|•·–—:;/]|\s?--|\s-\s|\.(?:\s|\Z)|\s\((?!\d)|[\"”»]")
FOLLOWS_DASH = re.compile(r"\s?[–—|•·)\]]|\s?-{1,2}\s|\s\((?!\d)|\s?:?\n")
FOLLOWS_BRACKET = re.compile(r"\s?[)\]]\s?(?:[–—:-]|\n|\Z)")  # "Trade Commission (April 24, 2025)." is a citation
FOLLOWS_END = re.compile(r"[\s)\]}>.,;:\"”»|*–—-]*\Z")
# "Today at 10:30" is a relative date, "Today, the court ruled" a sentence.
FOLLOWS_TODAY = re.compile(rf"(?:{BEFORE_CLOCK.pattern})?(?:{_CLOCK}{_ZONE})?{FOLLOWS_END.pattern}", _I)

# --- Relative dates -------------------------------------------------------------------------------------------------

_TODAY = (
    r"(?P<today>today|just\snow|heute|aujourd'hui|hoy|hoje|oggi|vandaag|idag|i\sdag|сегодня|сьогодні|bugun|اليوم"
    r"|今天|今日|오늘)"
)
_YESTERDAY = (
    r"(?P<yesterday>yesterday|gestern|hier|ayer|ontem|ieri|gisteren|igar|i\sgar|вчера|вчора|dun|امس|昨天|昨日|어제)"
)
_UNIT = (
    r"(?P<unit>(?P<seconds>sec(?:ond)?s?|sekunden?|secondes?|segundos?|secondi)|(?P<minutes>min(?:ute)?s?|minuten|minutos?|minuti|минут[уы]?|分钟|分)"
    r"|(?P<hours>hours?|hrs?|stunden?|heures?|horas?|or[ae]|uur|uren|час(?:а|ов)?|小时|時間)"
    r"|(?P<days>days?|tag(?:en)?|jours?|dias?|giorn[oi]|dag(?:en)?|дн(?:я|еи)|день|天|日)"
    r"|weeks?|months?|years?|wochen?|monat(?:en)?|jahr(?:en)?|semaines?|mois|an|ans|semanas?|mes(?:es)?|anos?|settiman[ae]|ann[oi]|weken)"
)
_COUNT = r"(?P<count>\d{1,3}|an?|one|ein(?:em|er)?|un[ae]?|um[a]?)"
TODAY_FORM = _form(rf"(?:{_YESTERDAY}|{_TODAY})(?!\w)")
RELATIVE_FORMS: tuple[re.Pattern[str], ...] = (
    TODAY_FORM,
    _form(rf"{_COUNT}\s?{_UNIT}\s?(?:ago|geleden|fa|atras|назад|тому|前|전)(?!\w)"),
    _form(rf"(?:vor|hace|il\sy\sa|ha|for)\s{_COUNT}\s{_UNIT}(?!\w)"),
    _form(r"last\s(?:week|month|year|night)(?!\w)"),
)

# --- The values of the parts ----------------------------------------------------------------------------------------

# Hour, minute, second where stated, and the offset as EDTF writes it.
Clock = tuple[int, int, int | None, str | None]
# Year, month, and the day where one is stated.
Parts = tuple[int, int, int | None]


def read_month(name: str, languages: Sequence[str]) -> int | Literal["ambiguous_month"] | None:
    """Return the month of a folded name, "ambiguous_month" where its languages differ, None where it is no month."""
    meanings = MONTHS.get(name.casefold())
    if meanings is None:
        return None
    months = {meanings[code] for code in languages if code in meanings} or set(meanings.values())
    return months.pop() if len(months) == 1 else "ambiguous_month"


def read_year(written: str) -> int:
    """Return the year; of two digits as RFC 5322 section 4.3 reads them: 00-49 are 20xx."""
    digits = written.lstrip("'")
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 50 else 1900)


def read_clock(match: re.Match[str], *, said: bool = False) -> Clock | Literal["invalid"] | None:
    """Return the time of day that a match of `CLOCK` states.

    "invalid" where no day has it; None where the numbers are no time, as in "10.30" (unless a word before `said` so).
    """
    stated: dict[str, str | None] = {"mark": None, "half": None, "uhr": None, **match.groupdict()}
    half, offset = stated["half"], stated["offset"]
    if stated["mark"] == "." and not (said or half or stated["uhr"] or stated["zone"]):
        return None
    hour, minute = int(match["hour"]), int(match["minute"])
    second = None if stated["second"] is None else int(match["second"])
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half in "pP" else 0)
    elif half is not None and (half in "aA") == (hour > 0):  # "13:30 PM" and "0:30 am" say it twice; "13:30 AM" errs
        return "invalid"
    if hour > 23 or minute > 59 or (second or 0) > 59:
        return "invalid"
    return hour, minute, second, ZONES.get(stated["zone"] or "") if offset is None else _read_offset(offset)


def _read_offset(written: str) -> str | None:
    """Return ±HHMM, ±HH:MM or ±HH as EDTF writes it. "-0000" is UTC without a place (RFC 5322 section 3.3)."""
    digits = written[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        return None
    return "Z" if written[0] == "-" and hours == minutes == 0 else f"{written[0]}{hours:02}:{minutes:02}"


def read_age(match: re.Match[str]) -> timedelta | None:
    """Return how long ago a relative date was; None for weeks, months and years, which pages round."""
    stated = match.groupdict()
    if stated.get("today") or stated.get("yesterday"):
        return timedelta(days=0 if stated.get("today") else 1)
    count = stated.get("count") or "1"
    unit = next((name for name in ("days", "hours", "minutes", "seconds") if stated.get(name)), None)
    return None if unit is None else timedelta(**{unit: int(count) if count.isdigit() else 1})


def read_parts(parts: Parts) -> tuple[str, date, date]:
    """Return a day or month as EDTF, with its first and last day. Raises ValueError where the calendar has none."""
    year, month, day = parts
    if day is not None:
        return f"{year:04}-{month:02}-{day:02}", date(year, month, day), date(year, month, day)
    first = date(year, month, 1)
    return f"{year:04}-{month:02}", first, first.replace(day=monthrange(year, month)[1])


def read_named(
    match: re.Match[str], languages: Sequence[str]
) -> tuple[Parts, Parts | None] | Literal["ambiguous_month"] | None:
    """Return the day, or the two ends of the interval, of a match of `NAMED_FORMS`; None where a word is no month.

    What stands once, month or year, holds for both ends.
    """
    stated = match.groupdict()
    names = stated.get("n1") or stated["n2"], stated.get("n2") or stated["n1"]
    years = stated.get("y1") or stated["y2"], stated.get("y2") or stated["y1"]
    months = [read_month(name, languages) for name in names]
    days = [None if stated.get(name) is None else int(stated[name]) for name in ("d1", "d2")]
    first, last = months
    if first is None or last is None:
        return None
    if isinstance(first, str) or isinstance(last, str):
        return "ambiguous_month"
    opening = read_year(years[0]), first, days[0]
    return opening, (read_year(years[1]), last, days[1]) if "d2" in stated or "n2" in stated else None


def read_season(match: re.Match[str]) -> tuple[str, date, date] | None:
    """Return a season as EDTF, with the first and last day it can mean; None where the word is no season.

    The bounds are those of the northern meteorological seasons. "Winter 2015" is said of the winter that ends in 2015
    and of the one that begins then; "Winter 2014-15" is one, and no other season takes two years.
    """
    season, year, second = SEASONS.get(match["name"].casefold()), int(match["y"]), match["y2"]
    if season is None or (second is not None and (season != 24 or int(second) % 100 != (year + 1) % 100)):
        return None
    if season == 24:
        first, last = date(year - (second is None), 12, 1), date(year + 1, 2, monthrange(year + 1, 2)[1])
    else:
        month = (season - 20) * 3
        first, last = date(year, month, 1), date(year, month + 2, monthrange(year, month + 2)[1])
    return f"{year}-{season}", first, last

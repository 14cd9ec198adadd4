"""Words by which a link tells what it leads to: services of a site that are no documents, and listings of documents.

Closed lists in the languages that advocacy organizations write most; a language that is missing costs evidence, not
correctness, for no word decides alone.
"""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, unquote, urlsplit

_LONGEST_LABEL = 4  # words; longer is a headline that happens to hold the word

# Path segments that name a service wherever they stand: what follows is a tag, an author, a search, a form.
_SERVICE_SEGMENT = re.compile(
    r"tags?|etiquetas?|étiquettes?|schlagwort|schlagworte|тег|метка"
    r"|categor(?:y|ies|ia|ias|ie|ies)|catégories?|kategorien?|categoría|categorías|рубрика|topics?-archive"
    r"|authors?|auteurs?|autor(?:es|a|as|en|i)?|автор|people|staff"
    r"|search|buscar|busca|buscador|recherche|rechercher|suche|cerca|zoeken|поиск|szukaj|ara"
    r"|log-?in|log-?out|sign-?in|sign-?up|register|account|user|users|mi-cuenta|mon-compte|connexion|anmelden"
    r"|wp-admin"
    r"|wp-login\.php|share|sharer|sharer\.php|compartir|partager|teilen|print|imprimir|imprimer"
    r"|cart|checkout|basket|shop|store|tienda|boutique|warenkorb"
    r"|donate|donation|donations|donar|donaciones|doar|don|dons|faire-un-don|soutenir|spenden|dona|doneren"
    r"|пожертвовать"
    r"|subscribe|unsubscribe|newsletter-signup|suscribirse|suscripcion|sabonner|s-abonner|abonnieren|подписаться"
    r"|feed|rss|rss\.xml|atom\.xml|comment-page-\d+|trackback",
    re.IGNORECASE,
)
# Last path segments: above them the same word may be a section, such as /privacy/ at a digital rights organization.
_SERVICE_PAGE = re.compile(
    r"(?:privacy|privacidad(?:e)?|confidentialite|confidentialité|vie-privee|datenschutz(?:erklaerung"
    r"|erklärung)?|riservatezza"
    r"|contact|contacts|contacto|contato|contatti|kontakt|контакты"
    r"|terms|condiciones|conditions|legal|aviso-legal|mentions-legales|impressum|imprint|nutzungsbedingungen"
    r"|cookies?|accessibility|sitemap|site-map|mapa-del-sitio|plan-du-site"
    r"|careers?|jobs|vacancies|empleo|emplois|stellenangebote|newsletter|newsletters|boletin|infolettre|рассылка)"
    r"(?:[-_](?:us|policy|notice|form|of-use|of-service|and-conditions|info|statement|settings|de-privacidad|now))*"
    r"(?:\.\w{2,5})?",
    re.IGNORECASE,
)
_SERVICE_PARAMETER = re.compile(
    r"s|q|query|search|search_api_fulltext|keys|share|replytocom|tag|cat|author|print|f\[\d*\]|field_\w+|sort|order",
    re.IGNORECASE,
)
_PAGE_SEGMENT = re.compile(r"/(?:page|seite|pagina)/\d{1,6}/?$", re.IGNORECASE)
_PAGE_PARAMETER = frozenset(("page", "paged", "pg", "pagenum", "seite", "pagina"))
_SERVICE_RELATIONS = frozenset(("tag", "author", "search", "license", "prev", "next"))  # `rel`, as HTML defines it
# Hosts where one shares or follows; no document of the organization's is there.
_SHARE_HOST = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|instagram|linkedin|youtube|tiktok|whatsapp|pinterest|reddit|t|bsky|threads"
    r"|flickr|vk|ok)"
    r"\.(?:com|me|app|net|ru)$"
)
_SERVICE_LABEL = re.compile(
    r"^(?:log ?in|log ?out|sign ?(?:in|up)|register|my account|iniciar sesi[óo]n|acceder|se connecter|connexion"
    r"|anmelden"
    r"|entrar|accedi|войти|دخول|تسجيل الدخول|כניסה"
    r"|search|buscar|rechercher?|suche|cerca|zoeken|поиск|بحث|חיפוש|搜索|検索"
    r"|share(?: (?:this|on|via)\b.*)?|tweet|compartir|partager|teilen|condividi|поделиться|مشاركة|שיתוף|分享"
    r"|facebook|twitter|x|instagram|youtube|linkedin|whatsapp|telegram|tiktok|mastodon|bluesky|email|e-mail"
    r"|print|imprimir"
    r"|imprimer|rss|feed|pdf"
    r"|donate(?: now| today)?|give(?: now)?|don(?:ar|aciones?|a ahora)?|doar|doe|faire un don|soutenir|spenden"
    r"|jetzt spenden"
    r"|пожертвовать|поддержать|تبرع|לתרומה|תרומה|捐款"
    r"|subscribe|sign up.*|newsletter|suscr[íi]bete|suscribirse|s'abonner|abonnieren|подписаться|اشترك"
    r"|contact(?: us)?|cont[áa]ct[eo](?:nos)?|contato|nous contacter|kontakt|contatti|контакты|اتصل بنا|צור קשר"
    r"|联系我们"
    r"|privacy(?: (?:policy|notice|statement))?|(?:pol[íi]tica de )?privacidade?|(?:politique de )?confidentialit[ée]"
    r"|datenschutz(?:erkl[äa]rung)?|политика конфиденциальности|سياسة الخصوصية"
    r"|terms(?: .*)?|legal(?: notice)?|aviso legal|mentions l[ée]gales|impressum|cookies?(?: .*)?|accessibility"
    r"|site ?map"
    r"|careers?|jobs|skip to .*|back to top|home|inicio|accueil|start(?:seite)?|главная|الرئيسية|ראשי|top|menu|close"
    r"|next(?: page)?|previous(?: page)?|older(?: posts)?|newer(?: posts)?|first|last|load more|show more"
    r"|view all|see all"
    r"|siguiente|anterior|suivante?s?|pr[ée]c[ée]dente?s?|weiter|zur[üu]ck|pr[óo]xim[ao]|следующая|предыдущая"
    r"|[\d\s.,«»‹›<>→←…]+)$",
    re.IGNORECASE,
)

# What listings of documents are called, in their order of worth to a corpus of an organization's writing.
_LISTING_WORDS = (
    (
        "press releases",
        r"press[ _-]?releases?|media[ _-]releases?|comunicados?(?:[ _-]de[ _-]prensa)?"
        r"|comunicados?[ _-][àa][ _-]imprensa|communiqu[ée]s?"
        r"(?:[ _-]de[ _-]presse)?|pressemitteilung(?:en)?|comunicati(?:[ _-]stampa)?|persberichten|пресс-релизы"
        r"|прес-релізи"
        r"|pressmeddelanden|komunikaty|comunicats|basın[ _-]açıklamaları|بيانات|بيانات[ _-]صحفية"
        r"|הודעות[ _-]לעיתונות|新闻稿",
    ),
    (
        "statements",
        r"statements?|declaraciones|pronunciamientos|d[ée]clarations?|stellungnahmen|dichiarazioni|заявления"
        r"|заяви|تصريحات|声明",
    ),
    (
        "news",
        r"news|newsroom|noticias|not[íi]cias|novedades|actualidad|actualit[ée]s?|actus?|aktuelles|aktuell"
        r"|nachrichten|notizie"
        r"|nieuws|новости|новини|nyheter|aktualno[śs]ci|not[íi]cies|haberler|أخبار|الأخبار|חדשות|新闻|ニュース"
        r"|뉴스|berita",
    ),
    (
        "press",
        r"press|press[ _-]?(?:center|centre|room|office)|prensa|sala[ _-]de[ _-]prensa|imprensa|presse|stampa"
        r"|pers|пресса",
    ),
    (
        "publications",
        r"publications?|publicaciones|publica[çc](?:[õo]es|oes)|publikationen|ver[öo]ffentlichungen"
        r"|pubblicazioni|publicaties"
        r"|публикации|публікації|publikacje|publicacions|yay[ıi]nlar|منشورات|إصدارات|פרסומים|出版物",
    ),
    (
        "reports",
        r"reports?|informes|relat[óo]rios|rapports|berichte|rapporti|rapporten|доклады|отчеты|звіти|raporty"
        r"|raporlar|تقارير"
        r"|דוחות|报告",
    ),
    (
        "blog",
        r"blogs?|blog[ _-]?posts?|deeplinks|bit[áa]cora|articles?|art[íi]culos|artigos|artikel|articoli|статьи"
        r"|статті|مقالات"
        r"|posts|updates|commentary|opinion|dispatches|stories|analysis|an[áa]lisis|analyses?|мнения",
    ),
)
_AROUND = (
    r"(?:latest|recent|all|our|the|more|read|view|see|browse|últim[ao]s|todas?|todos|nuestr[ao]s|las|los"
    r"|toutes?|tous|nos"
    r"|les|derni[èe]re?s|alle|unsere|neueste|все|наши|последние|كل|آخر)"
)
_BEHIND = (
    r"(?:releases?|room|center|centre|archives?|updates?|events?|list|index|posts?|resources|media|stories|blog"
    r"|items?)"
)
_JOINED = r"[ _-](?:and|&|y|et|und|e|и|en|amp)[ _-]\w+"
LISTINGS = tuple(
    (
        kind,
        re.compile(
            rf"(?:{_AROUND}[ _-]){{0,2}}(?:{words})(?:{_JOINED}|[ _-]{_BEHIND})?(?:\.\w{{2,5}})?", re.IGNORECASE
        ),
    )
    for kind, words in _LISTING_WORDS
)


def names_service(url: str, text: str, relations: Collection[str] = ()) -> bool:
    """Tell whether a link's address, text or `rel` names a service: login, share, tag, author, search, another page."""
    try:
        parts = urlsplit(url)
        path = unquote(parts.path)
        parameters = [name for name, _ in parse_qsl(parts.query)]
    except ValueError:
        return False
    segments = [segment for segment in path.split("/") if segment]
    return (
        not _SERVICE_RELATIONS.isdisjoint(relations)
        or any(_SERVICE_SEGMENT.fullmatch(segment) for segment in segments)
        or bool(segments and _SERVICE_PAGE.fullmatch(segments[-1]))
        or _PAGE_SEGMENT.search(path) is not None
        or any(_SERVICE_PARAMETER.fullmatch(name) or name.lower() in _PAGE_PARAMETER for name in parameters)
        or _SHARE_HOST.search(parts.hostname or "") is not None
        or _SERVICE_LABEL.match(text) is not None
    )


def find_listing_kind(url: str, text: str) -> str | None:
    """Say of what a link's address or words name a listing ("press releases", "news", …); None where of nothing."""
    if len(text.split()) <= _LONGEST_LABEL:
        for kind, words in LISTINGS:
            if words.fullmatch(text.strip(" »›→>:")):
                return kind
    try:
        segments = [segment for segment in unquote(urlsplit(url).path).split("/") if segment]
    except ValueError:
        return None
    for kind, words in LISTINGS:
        if segments and words.fullmatch(segments[-1]):
            return kind
    return None

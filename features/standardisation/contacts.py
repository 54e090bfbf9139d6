"""Web domain, e-mail and phone."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from urllib.parse import urlsplit

from features.declare import record_feature
from features.standardisation.text import clean_text, normal_form

_BRANDS = "gmail googlemail hotmail yahoo ymail outlook live msn gmx icloud"
_FREE_BRANDS = frozenset(_BRANDS.split())
"""Providers that give mailboxes to everybody under many endings: `hotmail.fr`, `yahoo.co.uk`."""

_FREE = """
    aol.com me.com mac.com mail.com email.com inbox.com zoho.com zohomail.com rocketmail.com hushmail.com
    protonmail.com protonmail.ch proton.me pm.me fastmail.com fastmail.fm tutanota.com tutanota.de tuta.io tuta.com
    juno.com netzero.net comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    earthlink.net optonline.net rr.com roadrunner.com frontier.com shaw.ca sympatico.ca rogers.com telus.net
    btinternet.com ntlworld.com virginmedia.com blueyonder.co.uk talktalk.net sky.com eircom.net
    web.de t-online.de freenet.de arcor.de posteo.de mailbox.org online.de aon.at chello.at bluewin.ch hispeed.ch
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr telenet.be skynet.be
    libero.it virgilio.it tiscali.it alice.it tin.it terra.es telefonica.net ono.com sapo.pt
    ziggo.nl planet.nl xs4all.nl hetnet.nl kpnmail.nl home.nl telia.com online.no
    wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz centrum.cz post.cz centrum.sk abv.bg freemail.hu citromail.hu
    yandex.ru yandex.com ya.ru mail.ru bk.ru list.ru inbox.ru internet.ru rambler.ru ukr.net i.ua meta.ua bigmir.net
    tut.by inbox.lv qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com aliyun.com
    naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
    rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    xtra.co.nz singnet.com.sg hinet.net pchome.com.tw walla.co.il walla.com mailinator.com
"""
_FREE_DOMAINS = frozenset(_FREE.split())

_SHARED = """
    facebook.com fb.com linkedin.com twitter.com x.com instagram.com youtube.com tiktok.com vk.com ok.ru xing.com t.me
    linktr.ee google.com goo.gl bit.ly wikipedia.org github.com sites.google.com business.site
"""
_SHARED_DOMAINS = frozenset(_SHARED.split())
"""Sites on which every party has a page: the domain says nothing about it."""

_LEVELS = "ac co com edu gob gov gv ltd me ne net nom or org plc"
_SECOND_LEVELS = frozenset(_LEVELS.split())
_HOSTED = """
    blogspot.com wordpress.com weebly.com wixsite.com jimdo.com jimdofree.com github.io gitlab.io netlify.app
    vercel.app web.app firebaseapp.com herokuapp.com azurewebsites.net appspot.com myshopify.com squarespace.com
    webflow.io uk.com us.com eu.com de.com gb.net co.com
"""
_HOSTED_DOMAINS = frozenset(_HOSTED.split())
"""Domains whose subdomains belong to different parties."""

_EXTENSION = re.compile(r"(?:extension|extn?|xtn|ex|x|durchwahl|dw|poste|app|int|anexo|interno)[.: ]{0,3}#?\d{1,6}$")
_TRUNK_ZERO = re.compile(r"^((?:\+|00)[^()]{1,6})\(0\)")
_FILLERS = ("1234567", "12345678", "123456789", "1234567890")
_LONGEST_NUMBER = 15
"""Digits of the longest telephone number (ITU-T E.164)."""


@record_feature(version=2)
def web_domain(raw_web_domain: str | None, email_domain: str | None) -> str | None:
    """Registrable domain of the web address, or of the e-mail address where there is none.

    Domains of free e-mail providers and of sites on which everybody has a page are missing.
    """
    text = clean_text(raw_web_domain)
    if not text:
        return email_domain
    domain = registrable(_host(text))
    return domain if domain and not _is_free(domain) and domain not in _SHARED_DOMAINS else None


@record_feature(version=2)
def email(raw_email: str) -> str | None:
    """E-mail address in lower case; what follows a plus sign and full stops before the @ stay as they are."""
    text = (clean_text(raw_email) or "").removeprefix("mailto:").strip("<>;, ")
    name, _, host = text.rpartition("@")
    broken = not name or "@" in name or " " in text or "." not in host.strip(".") or len(text) > 254
    return None if broken else text


@record_feature()
def email_domain(email: str) -> str | None:
    """Registrable domain of the e-mail address; that of a free provider is missing: it says nothing of the party."""
    domain = registrable(email.rpartition("@")[2])
    return domain if domain and not _is_free(domain) else None


@record_feature(version=2)
def phone(raw_phone: str) -> str | None:
    """Phone number: digits only, leading zeros, the `(0)` after a country code and an extension out.

    Of several numbers the first. Fewer than 6 digits, more than 15, and fillers such as 999 999 are missing.
    """
    text = clean_text(raw_phone) or ""
    first = text.partition(";")[0][:64].strip()
    first = _TRUNK_ZERO.sub(r"\1", _EXTENSION.sub("", first))
    digits = "".join(str(unicodedata.decimal(c)) for c in first if c.isdecimal()).lstrip("0")
    filler = len(set(digits)) == 1 or digits in _FILLERS
    return digits if 6 <= len(digits) <= _LONGEST_NUMBER and not filler else None


def registrable(host: str | None) -> str | None:
    """The part of a host name that somebody registered: `shop.example.co.uk` is `example.co.uk`.

    By rule, not by the public suffix list: two labels, or three below a two-letter country with a second level
    such as `co.uk`, and below domains that host others.
    """
    labels = [label for label in _decoded(host or "").split(".") if label]
    if len(labels) > 2 and labels[0] == "www":
        labels = labels[1:]
    if len(labels) < 2 or labels[-1].isdigit() or len(".".join(labels)) > 253:
        return None  # a name of the local network, an IP address
    nested = (len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS) or ".".join(labels[-2:]) in _HOSTED_DOMAINS
    return ".".join(labels[-3:] if nested else labels[-2:])


def _is_free(domain: str) -> bool:
    return domain in _FREE_DOMAINS or domain.partition(".")[0] in _FREE_BRANDS


def _decoded(host: str) -> str:
    """The host with punycode (`xn--…`) read, as it stands when that is broken."""
    if "xn--" in host:
        with contextlib.suppress(UnicodeError):
            return normal_form(host.encode("ascii").decode("idna")) or ""
    return host


def _host(text: str) -> str | None:
    """The host of a web address, with or without a scheme."""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    return host if host and " " not in host else None

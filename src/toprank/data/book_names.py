"""What a title and an author come to when editions are compared: keys without spelling, series and subtitles' noise."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toprank.data.plain_words import spaced

__all__ = ["OTHER_BOOK", "TitleKeys", "author_keys", "title_keys"]

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROMAN = {
    word: str(k + 1)
    for k, word in enumerate(
        ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"]
    )
}
_WORD = rf"[ivx]+|{'|'.join(_NUMBERS)}"
_MARK = r"\b(?:vol(?:ume)?s?|books?|bks?|no|number|parts?|pt|tome|band|bd|teil|episode)\b[\s.#:]*"
_ANY_VOLUME = rf"{_MARK}(?:\d+|{_WORD})\b"
_VOLUME = rf"{_MARK}(\d+|(?:{_WORD})(?=\W*$|\W*[:;,.)(/-]))\b"
"""A volume; what is written out ends there: a book I read is none."""

_ARTICLE = r"^\W*(?:the|a|an|der|die|das|le|la|les|el|los|las|il|lo|gli|het|de)\s+"

_KINDS = {
    "set": r"box(?:ed)?.?set|slip.?case|omnibus|\bset of\b|complete set|"
    r"\b(?:[2-9]|two|three|four) (?:books|novels|vol\w*) |(?:books?|vol\w*)\.? [0-9]+ ?(?:-|to|and|&) ?[0-9]+",
    "notes": r"(?:cliffs?|spark|monarch|york|book|coles|lecture).?notes|study (?:guide|aid)|reading (?:group )?guide|"
    r"teacher'?s (?:ed|guide|manual)|\bwork.?book|reader'?s companion|solutions? manual|test bank",
    "graphic": r"graphic novel|screenplay\b|calendar|colou?ring|sticker|pop.?up|activity book",
}
"""Words in brackets, or in a subtitle, that make another book of the same title."""
OTHER_BOOK = "|".join(_KINDS.values())

_NOISY = (
    r"novel|roman|myster|thriller|memoir|krimi|erz|\bedn?t?\b|edition|large print|unabridged|audio|cds?\b|cassette|"
    r"cover|back|ausgabe|\blp\b|\bint\b|/ ?by|\bor\b|complete|corrected|original"
)
_NOISE = (
    # ": A Novel of Suspense", ": An Elizabeth MacPherson Mystery", ". Ein Scheibenwelt-Roman.", ", 2nd Edition", " CD".
    r"\s*[:;]+\s*(?:an?|ein|un|une|een) (?:novel|roman|thriller|mystery|memoir)\b.*$",
    r"\s*[:;]+\s*(?:an?|the|ein|eine|un|une|een)\s(?:[^:;]{0,40}\s)?"
    r"(?:novels?|mystery|mysteries|thriller|romance|memoir|novella|roman)(?:\s(?:of|in|about|from)\s[^:;]*)?\W*$",
    r"\s*[.:;,]\s*(?:ein(?:e|en)?\s+)?(?:[\w-]+\s?-?\s?)?(?:roman|krimi\w*|thriller|erzahlung(?:en)?|novelle)\b\W.*$",
    r"(?:\s*[.:;,]+\s*|\s(?:an?|the)\s)(?:an?\s)?(?:novel|roman|krimi|thriller|novela|romanzo)[\W\d]*$",
    r"[\s,.:;/-]+(?:[0-9]+(?:st|nd|rd|th)|revised|rev|second|third|fourth|fifth|sixth|new|updated|anniversary)\W+"
    r"(?:and \w+ )?ed(?:ition|n)?\b.*$",
    r"[\s,.:;-]+(?:large print|unabridged|audio ?(?:book|cd|cassettes?)?|\d* ?(?:cds?|cassettes?)|paperback|hardcover|"
    r"sonderausgabe|ltd edit\w*|limited edition|international edition|lp|int)\W*$",
    r"\s*/\s*by\s.*$",
    # A second title, as in "Frankenstein: Or, the Modern Prometheus".
    r"(?:\s*[:;]+\s*or\b,?|,?\s+or,)\s*\w.*$",
    # ": The 40th Anniversary Edition of the Classic", ": Complete and Uncut", ": The Corrected Text".
    r"\s*[:;]+\s*(?:the\s)?(?:[^:;]{0,30}\s)?(?:anniversary|centennial|gift|deluxe|collectors?|special|uncut|updated|"
    r"illustrated|original|australian|\w+-day)\s(?:\w+\s)?edi?t(?:ion)?\b[^:;]*$",
    r"\s*[:;,]+\s*(?:the\s)?(?:complete|original)?\s*(?:un(?:cut|abridged|expurgated)|(?:corrected|original) text|"
    r"original (?:story|edition))\W*(?:edition\W*)?$",
)
_UNKNOWN = frozenset(
    ["unknown", "various", "anonymous", "not applicable", "not applicable na", "none", "na", "anon", "author unknown"]
)
_TITLES = r"\b(?:jr|sr|ii|iii|iv|ph\.? ?d|m\.? ?d|dds|esq|dr|sir|lady|dame|baroness|prof|rev|saint)\b\.?"
_ROLES = r"\b(?:edited|illustrated|translated|adapted|retold|introduction|foreword|ed|eds|ill?us|trans)\b\.?(?: by)?"
_AND = r"[;&/]|\b(?:and|with|und|et|avec)\b"
_NOT_PLAIN = re.compile(rf"[,()'’-]|{_AND}|{_TITLES}|{_ROLES}")
_HYPHENED = re.compile(r"([^\W\d_]+)-([^\W\d_]+)\W*$")
_NAME = re.compile(r"[^\W_]+")
_PARTICLES = frozenset(
    ["de", "la", "le", "du", "des", "van", "von", "der", "den", "di", "da", "del", "dos", "el", "al", "mac", "mc", "st"]
)
_SPECIAL = _PARTICLES.union(
    ["jr", "sr", "ii", "iii", "iv", "d", "phd", "md", "dds", "esq", "dr", "sir", "lady", "dame", "baroness", "prof"],
    ["rev", "saint", "edited", "illustrated", "translated", "adapted", "retold", "introduction", "foreword", "ed"],
    ["eds", "ilus", "illus", "trans", "and", "with", "und", "et", "avec"],
)
"""A name without these, of letters, dots and blanks, needs no further look."""


@dataclass(frozen=True, eq=False)
class TitleKeys:
    """What titles come to, by row; the empty text where there is nothing.

    Parameters
    ----------
    text, whole : pyarrow.StringArray of length n
        The title without punctuation, the first article and brackets; with blanks between words, and without.
    head, sub : pyarrow.StringArray of length n
        What stands before the first colon, and after it, without "a novel" and the like.
    volume : object[n] of str
        The volume, where the title has a number that is not part of a series' name.
    kind : object[n] of str
        ``set``, ``notes`` or ``graphic`` where brackets say that this is another book of the same title.
    own : object[n] of str
        The title's own name where the head only names a series, as in ``Goosebumps #22: ...``.
    words : int64[n]
        Words of the head.
    numbered : bool[n]
        Whether brackets hold a number, unless that is of a book of a series, as in ``(Book 3)``.
    """

    text: Any
    whole: Any
    head: Any
    sub: Any
    volume: Any
    kind: Any
    own: Any
    words: Any
    numbered: Any


def title_keys(title: pa.ChunkedArray, author: pa.ChunkedArray) -> TitleKeys:
    """Take titles apart; of "George Orwell's 1984" by George Orwell the own name is 1984."""
    text = _folded(title)
    bracketed = pc.match_substring_regex(text, r"[(\[]")
    inside = text.filter(bracketed)
    bare = _where(text, bracketed, *[(r"\([^()]*\)|\[[^\[\]]*\]", " ")] * 3, (r"[(\[].*$|[)\]]", " "))
    bare = _replaced(bare, _ARTICLE, "")
    words = spaced(bare)
    whole = _joined(words)
    bare = _where(bare, _NOISY, *((pattern, "") for pattern in _NOISE))
    bare = _where(bare, r",\s*(?:the|a|an)\s*$", (r",\s*\w+\s*$", ""))
    bare = _numbered(bare)
    split = pc.match_substring_regex(bare, r"[;:]|\s-")
    head = _where(bare, split, (r"\s*[:;]\s.*$|\s+-+\s.*$|:.*$", ""))
    sub = _replaced(pc.if_else(split, bare, ""), r"^.*?(?:\s*[:;]\s|\s+-+\s|:)|^[^:;]*$", "")
    head_words = spaced(head)
    plain_head = _joined(head_words)
    plain_sub = _once(plain_head, _plain(sub))
    # Only before a subtitle does it matter whether the head names a series.
    series = pc.extract_regex(pc.if_else(split, text, ""), rf"\((?P<s>[^()]*?)\W*(?:{_ANY_VOLUME})?\W*\)")
    series = _plain(pc.struct_field(series, [0]))
    some = np.flatnonzero(bracketed)
    volume, kind = np.full(len(title), "", object), np.full(len(title), "", object)
    volume[some] = _volumes(inside, plain_head.filter(bracketed))
    for name, pattern in _KINDS.items():
        if name == "notes":
            kind[np.flatnonzero(pc.match_substring_regex(text, pattern))] = name
        else:
            kind[some[np.flatnonzero(pc.match_substring_regex(inside, rf"[(\[][^()]*(?:{pattern})"))]] = name
    # "Goosebumps #22: My Hairiest Adventure" is a book of that series.
    in_series = pc.or_(pc.match_substring_regex(head, r"#?\s*\d+\W*$"), pc.equal(series, plain_head))
    named = pc.and_(in_series, pc.match_substring_regex(sub, r"\w\W+\w+.*\w{3}"))
    named = np.asarray(named.fill_null(False))
    own = np.full(len(title), "", object)
    own[named] = _plain(_replaced(sub.filter(named), _ARTICLE, "")).to_pylist()
    possessive = np.flatnonzero(pc.match_substring_regex(bare, r"^\S+ \S+s\s"))
    writers = _plain(_folded(author.take(possessive))).to_pylist()
    for k, name, called in zip(possessive, writers, whole.take(possessive).to_pylist(), strict=True):
        rest = called.removeprefix(f"{name}s") if name else ""
        if 3 < len(rest) < len(called):
            own[k] = rest
    length = np.asarray(pc.if_else(pc.equal(head_words, ""), 0, pc.add(pc.count_substring(head_words, " "), 1)))
    numbered = np.zeros(len(title), bool)
    numbered[some] = pc.and_not(
        pc.match_substring_regex(inside, rf"[(\[][^()]*(?:[0-9]|{_ANY_VOLUME})"),
        pc.match_substring_regex(inside, rf"[(\[]\W*b(?:ook|k)\W+(?:\d+|{_WORD})\W"),
    )
    return TitleKeys(words, whole, plain_head, plain_sub, volume, kind, own, length, numbered)


def author_keys(author: str) -> tuple[str, ...]:
    """Give the names that an author may be found under: ``tolkien|j``, ``tolkien|r``; none where it is unknown.

    Examples
    --------
    >>> author_keys("J. R. R. TOLKIEN"), author_keys("Le Guin")
    (('tolkien|j', 'tolkien|r'), ('guin|', 'leguin|'))
    >>> author_keys("Neil Gaiman & Terry Pratchett")
    ('gaiman|n', 'pratchett|t')
    """
    text = author.casefold()
    words = text.replace(".", " ").split()
    if text.isascii() and len(words) > 1 and "".join(words).isalnum() and _SPECIAL.isdisjoint(words):
        return () if " ".join(words) in _UNKNOWN else _initialled(words)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    words = _NAME.findall(text)
    if not words or " ".join(words) in _UNKNOWN:
        return ()
    plain = not _NOT_PLAIN.search(text)
    if plain and len(words) > 1 and _PARTICLES.isdisjoint(words):
        return _initialled(words)
    people = [text] if plain else _people(text)
    names = [_NAME.findall(person.replace("'", "").replace("’", "")) for person in people]
    keys: list[str] = []
    for k, (name, person) in enumerate(zip(names, people, strict=True)):
        if len(name) == 1 and k + 1 < len(names) and len(names[k + 1]) > 1:
            name = [*name, names[k + 1][-1]]  # "Stan & Jan Berenstain"
        if not name:
            continue
        first = [word for word in name[:-1] if word not in _PARTICLES]
        lasts = [name[-1], *("".join(double) for double in _HYPHENED.findall(person))]
        if len(name) > 1 and name[-2] in _PARTICLES:
            lasts.append(name[-2] + name[-1])
        initials = dict.fromkeys(word[0] for word in first) or {"": None}
        keys += [f"{last}|{initial}" for last in lasts for initial in initials]
    return tuple(dict.fromkeys(keys))


def _initialled(words: list[str]) -> tuple[str, ...]:
    """Give a last name with each initial of those before it."""
    last = words.pop()
    return tuple(dict.fromkeys([f"{last}|{word[0]}" for word in words]))


def _people(text: str) -> list[str]:
    """Take a list of authors apart; the last name may come first."""
    text = re.sub(r"\([^()]*\)?", " ", text)
    text = re.sub(_ROLES, " & ", re.sub(rf",?\s*{_TITLES}", " ", text))
    people: list[str] = []
    for part in re.split(_AND, text):
        pieces = [piece.strip(" .") for piece in part.split(",") if piece.strip(" .")]
        if len(pieces) > 1 and any(" " not in piece for piece in pieces):
            people.append(" ".join(pieces))  # "Eve, Curie"
            if " " not in pieces[0]:
                people.append(" ".join([*pieces[1:], pieces[0]]))  # "Gaiman, Neil"
        else:
            people += pieces
    return people


def _folded(title: Any) -> Any:
    """Write in lower case, without accents and the word "and"."""
    whole = title.combine_chunks() if isinstance(title, pa.ChunkedArray) else title
    text = pc.utf8_lower(whole.cast(pa.string()).fill_null(""))
    foreign = np.asarray(pc.match_substring_regex(text, r"[^\x00-\x7f]"))
    if foreign.any():
        part = pc.utf8_normalize(text.filter(pa.array(foreign)), "NFD")
        for pattern, instead in ((r"\p{Mn}+", ""), ("[’‘´]", "'"), ("ß", "ss"), ("æ", "ae"), ("ø", "o")):
            part = _replaced(part, pattern, instead)
        text = pc.replace_with_mask(text, pa.array(foreign), part)
    return _where(text, r"['`&]|\band\b", (r"['`&]|\band\b", ""))


def _where(text: Any, when: Any, *changes: tuple[str, str]) -> Any:
    """Replace patterns in those texts that a mask names or that have another: most need not be looked at so often."""
    mask = pc.match_substring_regex(text, when) if isinstance(when, str) else when
    part = text.filter(mask)
    for pattern, instead in changes:
        part = _replaced(part, pattern, instead)
    return pc.replace_with_mask(text, mask, part)


def _once(head: Any, sub: Any) -> Any:
    """Say once what a title says twice, as in "Iceberg : Iceberg"."""
    some = pc.not_equal(sub, "")
    subs = sub.filter(some).to_pylist()
    for k, start in enumerate(head.filter(some).to_pylist()):
        whole = start + subs[k]
        half = len(whole) // 2
        if whole[:half] == whole[half:]:
            subs[k] = whole[len(whole) - len(subs[k]) : half]
    return pc.replace_with_mask(sub, some, pa.array(subs, pa.string()))


def _plain(text: Any) -> Any:
    return _joined(spaced(text.fill_null("")))


def _joined(words: Any) -> Any:
    return pc.replace_substring(words, " ", "")


def _numbered(text: Any) -> Any:
    """Write volumes alike: ``vol. ii``, ``book two`` and ``part 2`` are ``#2``."""
    some = pc.match_substring_regex(text, _ANY_VOLUME)
    found = [
        re.sub(_VOLUME, lambda match: f" #{_number(match.group(1))} ", one) for one in text.filter(some).to_pylist()
    ]
    return pc.replace_with_mask(text, some, pa.array(found, pa.string()))


def _volumes(text: Any, head: Any) -> Any:
    """Give the volume that brackets name alone, as in ``(Vol. 3)``, or of a series that is called as the book."""
    volume = np.full(len(head), "", object)
    some = pc.match_substring_regex(text, rf"[(\[][^()]*(?:{_ANY_VOLUME})")
    named = zip(np.flatnonzero(some), text.filter(some).to_pylist(), head.filter(some).to_pylist(), strict=True)
    for k, title, series in named:
        for inside in re.findall(r"[(\[]([^()\[\]]*)", title):
            numbers = re.findall(_VOLUME, inside)
            name = re.sub(r"[\W_]+", "", re.split(_VOLUME, inside)[0])
            found = ".".join(map(_number, numbers))
            # The first of a series may be called as it.
            if numbers and (not name or (name == series and found != "1")):
                volume[k] = found
    return volume


def _number(word: str) -> str:
    return str(_NUMBERS.index(word) + 1) if word in _NUMBERS else _ROMAN.get(word, word)


def _replaced(text: Any, pattern: str, instead: str) -> Any:
    return pc.replace_substring_regex(text, pattern, instead)

"""What a title and an author come to when editions are compared: keys without spelling, series and subtitles' noise."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
_PLAIN = re.compile(r"[a-z0-9. ]+")
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
    text, whole : object[n] of str
        The title without punctuation, the first article and brackets; with blanks between words, and without.
    head, sub : object[n] of str
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
    bare = _where(text, r"[(\[]", *[(r"\([^()]*\)|\[[^\[\]]*\]", " ")] * 3, (r"[(\[].*$|[)\]]", " "))
    bare = _replaced(bare, _ARTICLE, "")
    words = pc.utf8_trim(_replaced(bare, r"[^\p{L}\p{N}]+", " "), " ")
    spaced, texts = _texts(words), _texts(pc.replace_substring(words, " ", ""))
    bare = _where(bare, _NOISY, *((pattern, "") for pattern in _NOISE))
    bare = _where(bare, r",\s*(?:the|a|an)\s*$", (r",\s*\w+\s*$", ""))
    bare = _numbered(bare)
    split = pc.match_substring_regex(bare, r"[;:]|\s-")
    head = _where(bare, r"[;:]|\s-", (r"\s*[:;]\s.*$|\s+-+\s.*$|:.*$", ""))
    sub = _replaced(pc.if_else(split, bare, ""), r"^.*?(?:\s*[:;]\s|\s+-+\s|:)|^[^:;]*$", "")
    plain_head = _plain(head)
    plain_sub = _once(plain_head, _plain(sub))
    # Only before a subtitle does it matter whether the head names a series.
    series = pc.extract_regex(pc.if_else(split, text, ""), rf"\((?P<s>[^()]*?)\W*(?:{_ANY_VOLUME})?\W*\)")
    series = _plain(pc.struct_field(series, [0]))
    volume = _volumes(text, np.asarray(plain_head.to_pylist(), object))
    kind = np.full(len(title), "", object)
    for name, pattern in _KINDS.items():
        found = pc.match_substring_regex(text, pattern if name == "notes" else rf"[(\[][^()]*(?:{pattern})")
        kind[np.asarray(found.fill_null(False))] = name
    # "Goosebumps #22: My Hairiest Adventure" is a book of that series.
    in_series = pc.or_(pc.match_substring_regex(head, r"#?\s*\d+\W*$"), pc.equal(series, plain_head))
    named = pc.and_(in_series, pc.match_substring_regex(sub, r"\w\W+\w+.*\w{3}"))
    own = pc.if_else(named.fill_null(False), _plain(_replaced(sub, _ARTICLE, "")), "")
    own = _texts(own)
    possessive = np.flatnonzero(np.asarray(pc.match_substring_regex(bare, r"^\S+ \S+s\s")))
    for k, name in zip(possessive, _plain(_folded(author.take(possessive))).to_pylist(), strict=True):
        if name and (rest := texts[k].removeprefix(f"{name}s")) != texts[k] and len(rest) > 3:
            own[k] = rest
    length = np.asarray(pc.count_substring_regex(head, r"[\p{L}\p{N}]+"))
    numbered = pc.match_substring_regex(text, rf"[(\[][^()]*(?:[0-9]|{_ANY_VOLUME})")
    numbered = np.asarray(
        pc.and_not(numbered, pc.match_substring_regex(text, rf"[(\[]\W*b(?:ook|k)\W+(?:\d+|{_WORD})\W"))
    )
    return TitleKeys(spaced, texts, _texts(plain_head), _texts(plain_sub), volume, kind, own, length, numbered)


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
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    words = _NAME.findall(text)
    if not words or " ".join(words) in _UNKNOWN:
        return ()
    if _PLAIN.fullmatch(text) and len(words) > 1 and _SPECIAL.isdisjoint(words):
        return tuple(dict.fromkeys([f"{words[-1]}|{word[0]}" for word in words[:-1]]))
    plain = not _NOT_PLAIN.search(text)
    if plain and len(words) > 1 and _PARTICLES.isdisjoint(words):
        return tuple(dict.fromkeys(f"{words[-1]}|{word[0]}" for word in words[:-1]))
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
    return _replaced(text, r"['`]|&|\band\b", "")


def _where(text: Any, when: str, *changes: tuple[str, str]) -> Any:
    """Replace patterns in those texts that have another: the others need not be looked at so often."""
    mask = pc.match_substring_regex(text, when)
    part = text.filter(mask)
    for pattern, instead in changes:
        part = _replaced(part, pattern, instead)
    return pc.replace_with_mask(text, mask, part)


def _once(head: Any, sub: Any) -> Any:
    """Say once what a title says twice, as in "Iceberg : Iceberg"."""
    subs = _texts(sub)
    for k in np.flatnonzero(subs != ""):
        whole = head[k].as_py() + subs[k]
        half = len(whole) // 2
        if whole[:half] == whole[half:]:
            subs[k] = whole[len(whole) - len(subs[k]) : half]
    return pa.array(subs, pa.string())


def _plain(text: Any) -> Any:
    return _replaced(text.fill_null(""), r"[^\p{L}\p{N}]+", "")


def _numbered(text: Any) -> Any:
    """Write volumes alike: ``vol. ii``, ``book two`` and ``part 2`` are ``#2``."""
    found = np.flatnonzero(np.asarray(pc.match_substring_regex(text, _ANY_VOLUME)))
    values = _texts(text)
    values[found] = [re.sub(_VOLUME, lambda match: f" #{_number(match.group(1))} ", values[k]) for k in found]
    return pa.array(values, pa.string())


def _volumes(text: Any, head: Any) -> Any:
    """Give the volume that brackets name alone, as in ``(Vol. 3)``, or of a series that is called as the book."""
    volume = np.full(len(head), "", object)
    values = _texts(text)
    for k in np.flatnonzero(np.asarray(pc.match_substring_regex(text, rf"[(\[][^()]*(?:{_ANY_VOLUME})"))):
        for inside in re.findall(r"[(\[]([^()\[\]]*)", values[k]):
            numbers = re.findall(_VOLUME, inside)
            name = re.sub(r"[\W_]+", "", re.split(_VOLUME, inside)[0])
            found = ".".join(map(_number, numbers))
            # The first of a series may be called as it.
            if numbers and (not name or (name == head[k] and found != "1")):
                volume[k] = found
    return volume


def _number(word: str) -> str:
    return str(_NUMBERS.index(word) + 1) if word in _NUMBERS else _ROMAN.get(word, word)


def _replaced(text: Any, pattern: str, instead: str) -> Any:
    return pc.replace_substring_regex(text, pattern, instead)


def _texts(text: Any) -> Any:
    whole = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    return np.array(whole.to_pylist(), dtype=object)

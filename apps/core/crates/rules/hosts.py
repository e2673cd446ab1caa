"""Hosts that only mean something inside somebody's network (spec section 5: M-28, M-29). Nothing is ever resolved."""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

INSIDE = ("localhost", "local", "localdomain", "internal", "home.arpa")
UNDER = tuple(f".{each}" for each in INSIDE)
PORT = re.compile(r":\d*$")
ADDRESS = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
NUMBER = re.compile(r"0x[0-9a-f]*|\d+", re.IGNORECASE)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_private(identifier: str, own_hosts: frozenset[str]) -> bool:
    """True for an http(s) address whose host is not for the whole world, however it is spelled, and is not our own."""
    address = ADDRESS.match(identifier)
    return address is not None and is_inside(address[1], own_hosts)


@lru_cache(maxsize=256)
def is_inside(authority: str, own_hosts: frozenset[str]) -> bool:
    """The same of what stands between // and the path. The same few hosts come again and again."""
    plain = unicodedata.normalize("NFKC", unquote(authority)).lower().replace("。", ".")
    host = PORT.sub("", plain).rstrip(".")
    if own_hosts & {authority.lower(), host.strip("[]")}:
        return False
    if host in INSIDE or host.endswith(UNDER):
        return True
    ip = ip_of(host)
    return ip is not None and (not ip.is_global or ip.is_multicast)


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, also in the spellings that old resolvers know: one to four decimal, octal, hex parts."""
    if host.startswith("["):
        return ipv6_of(host.strip("[]"))
    parts = host.split(".")
    if len(parts) > 4 or not all(NUMBER.fullmatch(part) for part in parts):
        return None
    *first, last = [number_of(part) for part in parts]
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        return None
    return ipaddress.IPv4Address(sum(part << 8 * (3 - index) for index, part in enumerate(first)) + last)


def number_of(part: str) -> int:
    if part.lower().startswith("0x"):
        return int(part[2:15] or "0", 16)
    is_octal = part.startswith("0") and set(part) <= set("01234567")
    return int(part[:20], 8 if is_octal else 10)


def ipv6_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv6 address, or the IPv4 address that it carries."""
    try:
        ip = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip

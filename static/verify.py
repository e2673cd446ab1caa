#!/usr/bin/env python3
"""Check a public log without trusting those who keep it. One file, Python 3.9 or later, nothing to install.

    python3 verify.py https://portal.example/log
    python3 verify.py https://portal.example/log --key 'portal.example/log+1a2b3c4d+AT…' --remember kept.json
    python3 verify.py https://portal.example/log --receipt receipt-12.json
    python3 verify.py --receipt receipt-12.json --key '…'           (without any network)

It fetches the signed statement (checkpoint), every entry and every hash, and works out the last hash again. With --remember
it keeps what it saw and, next time, checks that the log only grew. With --receipt it checks that an entry is in the log.
It says OK and ends with 0, or says what is wrong and ends with 1.

How it works: RFC 6962 (the tree), RFC 8032 (Ed25519), and https://c2sp.org: signed-note, tlog-checkpoint, tlog-tiles.
It does not show that what was written down is true, nor that everything was written down.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

# --- Ed25519, RFC 8032 section 5.1.7 and section 6, in plain integers. Slow, and short enough to read.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = point_add(total, point)
        point, number = point_add(point, point), number >> 1
    return total


def same_point(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_from(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_from((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, point, s = point_from(public), point_from(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or point is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    return same_point(point_times(s, BASE), point_add(point, point_times(h, key)))


# --- The tree, RFC 6962 section 2.1.


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes):
    """The root over any number of hashes, as the RFC cuts them: at the largest power of two below their number."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        pairs = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)]
        hashes = pairs + (hashes[-1:] if len(hashes) % 2 else [])
    return hashes[0]


def root_by_proof(leaf, index, size, proof):
    """The root that a proof leads to (RFC 9162 section 2.1.3.2), or None."""
    first, last, root = index, size - 1, leaf
    if not 0 <= index < size:
        return None
    for each in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = node_hash(each, root)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            root = node_hash(root, each)
        first, last = first >> 1, last >> 1
    return root if last == 0 else None


# --- Signed statements.


class Wrong(Exception):
    """Something that is not as it should be."""


def read_key(text):
    """(name, key id, 32 bytes) of `name+key id+base64`."""
    name, key_id, data = text.strip().split("+", 2)
    key = base64.b64decode(data, validate=True)
    made = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if made.hex() != key_id or key[:1] != b"\x01":
        raise Wrong("This is not the key of a log: " + text)
    return name, made, key[1:]


def read_checkpoint(note, keys):
    """(origin, size, root) of a checkpoint that one of the keys signed."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    signed = 0
    for line in lines.splitlines():
        dash, name, data = line.split(" ")
        data = base64.b64decode(data, validate=True)
        for known, key_id, public in keys:
            if dash == "—" and (name, data[:4]) == (known, key_id):
                if not is_signed(public, text.encode(), data[4:]):
                    raise Wrong("The signature of the checkpoint does not fit. It was not signed by this log.")
                signed += 1
    if not signed:
        raise Wrong("The checkpoint is not signed with the key that you expect.")
    origin, size, root = text.split("\n")[:3]
    return origin, int(size), base64.b64decode(root, validate=True)


# --- Fetching.


def fetch(address, path):
    if not address.startswith(("http://", "https://")):
        raise Wrong("The address should begin with https://")
    try:
        with urllib.request.urlopen(address + "/" + path, timeout=60) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError) as problem:
        raise Wrong("Could not fetch " + address + "/" + path + ": " + str(problem))


def tile_path(index, width):
    parts = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        parts.insert(0, "x%03d" % (index % 1000))
    return "/".join(parts) + ("" if width == 256 else ".p/%d" % width)


def entries_of(bundle, index, width):
    found, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        found.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle) or len(found) != width:
        raise Wrong("The entries from number %d on are not all there." % (index * 256))
    return found


def leaf_hashes(address, size):
    """The hash of every entry, each worked out from the entry and compared with what the log says it is."""
    hashes = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        leaves = entries_of(fetch(address, "tile/entries/" + tile_path(index, width)), index, width)
        made = [leaf_hash(leaf) for leaf in leaves]
        told = fetch(address, "tile/0/" + tile_path(index, width))
        for number, each in enumerate(made):
            if told[32 * number : 32 * number + 32] != each:
                raise Wrong("Entry %d is not the one that its hash was made of." % (index * 256 + number))
        hashes += made
    return hashes


def check_tiles_above(address, hashes):
    """Every tile above the entries says what those below make it."""
    level = 1
    while len(hashes) >= 256:
        hashes = [root_of(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        for index in range((len(hashes) + 255) // 256):
            row = hashes[index * 256 : index * 256 + 256]
            path = "tile/%d/%s" % (level, tile_path(index, len(row)))
            if fetch(address, path) != b"".join(row):
                raise Wrong("The hashes of " + path + " do not fit the entries below them.")
        level += 1


# --- The checks.


def say(sentence):
    """Print text that came from elsewhere: what could steer a terminal or hide something is written as its number."""
    print("".join(each if each.isprintable() else ascii(each)[1:-1] for each in sentence))


def check_log(address, keys, remember):
    note = fetch(address, "checkpoint").decode()
    keys = keys or [read_key(line) for line in fetch(address, "keys.txt").decode().split()]
    origin, size, root = read_checkpoint(note, keys)
    hashes = leaf_hashes(address, size)
    if root_of(hashes) != root:
        raise Wrong("The entries do not make the root that the log signed.")
    check_tiles_above(address, hashes)
    say(
        "OK: the log %s has %d entries. Each is there, and together they make the root that was signed."
        % (origin, size)
    )
    if remember and os.path.exists(remember):
        with open(remember, encoding="utf-8") as file:
            kept = json.load(file)
        if kept.get("origin", origin) != origin:
            raise Wrong("The log calls itself %s. When you last looked, it was %s." % (origin, kept["origin"]))
        if kept["size"] > size:
            raise Wrong("The log had %d entries when you last looked. Now it has %d." % (kept["size"], size))
        if root_of(hashes[: kept["size"]]).hex() != kept["root"]:
            raise Wrong(
                "The first %d entries are not those that you saw last time. Keep %s." % (kept["size"], remember)
            )
        say("OK: the %d entries that you saw last time are still the same." % kept["size"])
    if remember:
        with open(remember, "w", encoding="utf-8") as file:
            json.dump({"origin": origin, "size": size, "root": root.hex(), "checkpoint": note}, file, indent=2)
    return origin, hashes


def canonical(value):
    """Canonical JSON (RFC 8785) of texts, whole numbers, true, false, null, lists and objects."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def named_once(pairs):
    """An object of JSON; one that names something twice is refused, for two readers could take another value each."""
    if len(dict(pairs)) != len(pairs):
        raise Wrong("Something is named twice in the receipt.")
    return dict(pairs)


def is_in_order(leaf):
    """The commitments of a leaf are strictly sorted, so that none is there twice."""
    c = leaf["c"]
    return leaf["v"] == 1 or (isinstance(c, list) and all(c[at] < c[at + 1] for at in range(len(c) - 1)))


def is_committed(leaf, field, made):
    """Version 1 named its fields; since version 2 a leaf is a list of commitments, each with the name inside."""
    return leaf["c"].get(field) == made if leaf["v"] == 1 else made in list(leaf["c"])


def check_receipts(path, keys, log):
    """The receipts of a file; `log` is (origin, hashes) where the log was fetched too, else None."""
    with open(path, encoding="utf-8") as file:
        given = json.load(file, object_pairs_hook=named_once)
    own_keys = [read_key(each) for each in given["keys"]]
    origin, size, root = read_checkpoint(given["checkpoint"], keys or own_keys)
    if origin != given["log"]:
        raise Wrong("The receipt says that it is of %s, but its checkpoint is of %s." % (given["log"], origin))
    if log is not None:
        name, hashes = log
        if name != origin:
            raise Wrong("The receipt is of the log %s, and not of %s." % (origin, name))
        if size > len(hashes):
            raise Wrong(
                "The log had %d entries when it gave this receipt. Now it has %d. Keep the receipt, and tell others."
                % (size, len(hashes))
            )
        if root_of(hashes[:size]) != root:
            raise Wrong("The log is not the one that gave this receipt. Keep both, and tell others.")
    for each in given["receipts"]:
        leaf, number = each["leaf"].encode(), each["sequence"]
        proof = [base64.b64decode(part, validate=True) for part in each["proof"]]
        if root_by_proof(leaf_hash(leaf), number, size, proof) != root:
            raise Wrong("Entry %d is not in the log of this receipt." % number)
        written = json.loads(each["leaf"], object_pairs_hook=named_once)
        if not is_in_order(written):
            raise Wrong("The commitments of entry %d are not in order." % number)
        if "verb" in written and each["opening"].get("verb", {"value": written["verb"]})["value"] != written["verb"]:
            raise Wrong("Entry %d does not say what is shown as its verb." % number)
        for field, opened in each["opening"].items():
            made = hashlib.sha256(bytes.fromhex(opened["salt"]) + canonical([field, opened["value"]])).hexdigest()
            if not is_committed(written, field, made):
                raise Wrong("Entry %d does not say what is shown as its %s." % (number, field))
        say("OK: entry %d is in the log, which had %d entries." % (number, size))
        for field, opened in sorted(each["opening"].items()):
            say("    %s: %s" % (field, opened["value"]))
    if not given["receipts"]:
        raise Wrong("There is no receipt in " + path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="where the log is, for example https://portal.example/log")
    parser.add_argument("--key", action="append", help="the log's key, as you wrote it down; may be given again")
    parser.add_argument("--receipt", help="a receipt to check, too")
    parser.add_argument("--remember", metavar="FILE", help="keep what was seen, and compare with it next time")
    given = parser.parse_args()
    if not given.address and not given.receipt:
        parser.error("give an address, a receipt, or both")
    try:
        keys = [read_key(each) for each in given.key or []]
        log = check_log(given.address.rstrip("/"), keys, given.remember) if given.address else None
        if given.receipt:
            check_receipts(given.receipt, keys, log)
        if not keys:
            say("Note: the key was taken from where the log is. Write it down, and give it with --key next time.")
    except Wrong as problem:
        say("WRONG: " + str(problem))
        return 1
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        say("WRONG: something could not be read (%s: %s)." % (type(problem).__name__, problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

// Checks the receipt of one log entry in the reader's own browser (RFC 6962, C2SP signed-note). Nothing is sent anywhere.
"use strict";

const utf8 = new TextEncoder();
const fromBase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const toHex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const same = (one, other) => toHex(one) === toHex(other);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

// Canonical JSON (RFC 8785): names sorted, no spaces; JavaScript writes numbers and texts as the RFC asks.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

// A leaf is written canonically, so nothing in it is named twice; its commitments are strictly sorted, so none is there twice.
function isInOrder(leaf) {
  const { v, c } = JSON.parse(leaf);
  if (canonical(JSON.parse(leaf)) !== leaf) return false;
  return v === 1 || (Array.isArray(c) && c.every((each, place) => place === 0 || c[place - 1] < each));
}

// Of a field that is opened twice, JSON.parse takes one and says nothing. In a text of JSON only a name reads "salt": like this.
function opensOnce(text, receipts) {
  const opened = receipts.receipts.flatMap((each) => Object.keys(each.opening));
  return Array.from(text.matchAll(/"salt"\s*:/g)).length === opened.length;
}

async function openingFits(receipt) {
  const { v, c, verb } = JSON.parse(receipt.leaf);
  if (!receipt.opening.verb || !isInOrder(receipt.leaf)) return false;
  if (verb !== undefined && verb !== receipt.opening.verb.value) return false;
  for (const [field, { salt, value }] of Object.entries(receipt.opening)) {
    const made = await sha256(fromHex(salt), utf8.encode(canonical([field, value])));
    // Version 1 named its fields; since version 2 a leaf is a list of commitments, each with the name inside.
    if (!(v === 1 ? c[field] === toHex(made) : Array.from(c).includes(toHex(made)))) return false;
  }
  return true;
}

// RFC 9162 section 2.1.3.2. Places are read as BigInt so that a log may grow past 2^31 entries.
async function rootFrom(receipt, size) {
  let place = BigInt(receipt.sequence);
  let last = BigInt(size) - 1n;
  let root = await sha256([0], utf8.encode(receipt.leaf));
  if (place > last) return null;
  for (const each of receipt.proof.map(fromBase64)) {
    if (last === 0n) return null;
    if (place & 1n || place === last) {
      root = await sha256([1], each, root);
      while (place && !(place & 1n)) [place, last] = [place >> 1n, last >> 1n];
    } else {
      root = await sha256([1], root, each);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n ? root : null;
}

// True or false; null where this browser has no Ed25519.
async function isSigned(text, lines, verifiers) {
  for (const verifier of verifiers) {
    const [, name, keyId, data] = verifier.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/);
    const key = fromBase64(data);
    const made = await sha256(utf8.encode(`${name}\n`), key);
    for (const line of lines) {
      const [, signer, encoded] = line.split(" ");
      const signature = fromBase64(encoded);
      if (signer !== name || !same(signature.slice(0, 4), made.slice(0, 4)) || toHex(made.slice(0, 4)) !== keyId) continue;
      let imported;
      try {
        imported = await crypto.subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
      } catch {
        return null;
      }
      return crypto.subtle.verify({ name: "Ed25519" }, imported, signature.slice(4), utf8.encode(text));
    }
  }
  return false;
}

async function check(receipt, receipts, text, number) {
  const cut = receipts.checkpoint.lastIndexOf("\n\n") + 1;
  const signed = receipts.checkpoint.slice(0, cut);
  const [, size, root] = signed.split("\n");
  const reached = await rootFrom(receipt, size);
  return {
    opening: opensOnce(text, receipts) && (await openingFits(receipt)),
    path: String(receipt.sequence) === number && reached !== null && same(reached, fromBase64(root)),
    signature: await isSigned(signed, receipts.checkpoint.slice(cut + 1).trim().split("\n"), receipts.keys),
  };
}

const section = document.getElementById("check-proof");
const button = section.querySelector("button");
const told = section.querySelector("[role=status] ul");

function tell(sentence) {
  const line = document.createElement("li");
  line.textContent = sentence;
  told.append(line);
  return line;
}

// The values that an opening shows, a line each, in the order of their names.
function show(opening, place) {
  const list = document.createElement("ul");
  for (const field of Object.keys(opening).sort()) {
    const line = document.createElement("li");
    line.textContent = `${field.replace("public.", "")}: ${opening[field].value}`;
    list.append(line);
  }
  place.append(list);
}

if (globalThis.crypto?.subtle) {
  button.parentElement.hidden = false;
  button.addEventListener("click", async () => {
    told.replaceChildren();
    try {
      const text = await (await fetch("receipt.json")).text();
      const receipts = JSON.parse(text);
      const [receipt] = receipts.receipts;
      const found = await check(receipt, receipts, text, section.dataset.number);
      for (const [name, holds] of Object.entries(found)) {
        if (holds === null) {
          tell(section.dataset.cannot);
          continue;
        }
        const line = tell(`${holds ? section.dataset.holds : section.dataset.fails} ${section.dataset[name]}`);
        if (name === "opening") show(receipt.opening, line);
      }
    } catch {
      tell(section.dataset.failed);
    }
  });
}

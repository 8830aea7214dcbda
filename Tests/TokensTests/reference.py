"""Tokens as the package bpe-openai counts them, for the tests to compare with.

    reference.py encode FILE            for each line "ENCODING HEX" of FILE: the tokens of these bytes, decoded with
                                        replacement, and a hash of their numbers
    reference.py characters ENCODING    for each 1024 characters, of the planes that have any: the first, and a hash of
                                        the pieces into which the text made of each (see `text_of`) is cut
"""
import sys

from bpe_openai import _bindings


def fnv(numbers):
    result = 0xCBF29CE484222325
    for number in numbers:
        result = (result ^ number) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


def encode(path):
    tokenizers = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, _, digits = line.rstrip("\n").partition(" ")
            if name not in tokenizers:
                tokenizers[name] = _bindings.tokenizer_for_encoding(name)
            tokens = tokenizers[name].encode(bytes.fromhex(digits).decode("utf-8", "replace"))
            print(len(tokens), fnv(tokens))


def text_of(character):
    """The character beside every kind of neighbour that makes a difference."""
    c = character
    return f"a{c}a A{c}Aa {c}{c}1{c}!{c} {c}'s\n{c}\n"


def characters(name):
    tokenizer = _bindings.tokenizer_for_encoding(name)
    for block in [*range(0, 0x33800, 1024), *range(0xE0000, 0xE1000, 1024), 0x10FC00]:
        lengths = []
        for code_point in range(block, block + 1024):
            if 0xD800 <= code_point < 0xE000:
                continue
            lengths += [len(piece.encode()) for piece in tokenizer.pretokenize(text_of(chr(code_point)))]
        print(block, fnv(lengths))


if __name__ == "__main__":
    {"encode": encode, "characters": characters}[sys.argv[1]](sys.argv[2])

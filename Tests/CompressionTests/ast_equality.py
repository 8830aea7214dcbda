"""Tells of pairs of Python files, FOLDER/NAME.before and FOLDER/NAME.after, whether they are the same program: prints the
number of pairs, and each pair that is not on a line of its own."""
import ast
import pathlib
import sys
import warnings

warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[1])
pairs = sorted(folder.glob("*.before"))
print(len(pairs))
for before in pairs:
    after = before.with_suffix(".after")
    if ast.dump(ast.parse(before.read_bytes())) != ast.dump(ast.parse(after.read_bytes())):
        print(before.stem)

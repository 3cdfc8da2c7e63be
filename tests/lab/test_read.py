"""Reading tables: what is accepted, and that every refusal names the file, the place and the remedy."""

from pathlib import Path

import numpy as np
import pytest

from mlcore.lab.data import digits, load
from mlcore.lab.errors import LabError

GOOD = "a,b\n1,2\n3,5\n4,4\n"


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(LabError) as caught:
        load(path, **options)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param(GOOD, ("a", "b"), id="header"),
        pytest.param("1,2\n3,5\n4,4\n", ("1", "2"), id="no-header"),
        pytest.param(GOOD.replace(",", ";"), ("a", "b"), id="semicolon"),
        pytest.param(GOOD.replace(",", "\t"), ("a", "b"), id="tab"),
        pytest.param(GOOD.replace("\n", "\r\n"), ("a", "b"), id="windows-lines"),
        pytest.param("\ufeff" + GOOD, ("a", "b"), id="byte-order-mark"),
        pytest.param(GOOD.rstrip("\n"), ("a", "b"), id="no-last-newline"),
        pytest.param("\n" + GOOD.replace("3,5", "\n3,5\n") + "\n\n", ("a", "b"), id="blank-lines"),
        pytest.param('"a","b"\n"1"," 2"\n3 ,5.0\n+4,4e0\n', ("a", "b"), id="quotes-spaces-exponents"),
        pytest.param("a,2019\n1,2\n3,5\n4,4\n", ("a", "2019"), id="header-with-a-number"),
        pytest.param(",b\n1,2\n3,5\n4,4\n", ("column 1", "b"), id="unnamed-column"),
    ],
)
def test_csv_forms(tmp_path: Path, text: str, columns: tuple[str, ...]) -> None:
    data = load(write(tmp_path, text))
    assert data.columns == columns
    assert data.X.dtype == np.float64
    np.testing.assert_array_equal(data.X, [[1, 2], [3, 5], [4, 4]])
    assert data.labels is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("a,kind,b\n1,x,2\n3,y,5\n4,x,4\n", "kind", id="by-name"),
        pytest.param("1,x,2\n3,y,5\n4,x,4\n", "2", id="by-number-without-header"),
    ],
)
def test_label_column_may_be_text(tmp_path: Path, text: str, label: str) -> None:
    data = load(write(tmp_path, text), label=label)
    assert data.labels == ("x", "y", "x")
    assert data.label_name == label
    np.testing.assert_array_equal(data.X, [[1, 2], [3, 5], [4, 4]])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int8", "uint16", "bool", ">f8"])
def test_npy_types(tmp_path: Path, dtype: str) -> None:
    table = np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0]], dtype=dtype)
    np.save(tmp_path / "t.npy", np.asfortranarray(table))
    data = load(tmp_path / "t.npy")
    assert data.X.dtype == np.float64
    assert data.X.flags.c_contiguous
    np.testing.assert_array_equal(data.X, table.astype(float))


def test_npy_label_by_number(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([[1.0, 7, 2], [3, 8, 5], [4, 7, 4]]))
    data = load(tmp_path / "t.npy", label="2")
    assert data.labels == ("7", "8", "7")
    assert data.columns == ("1", "3")


def test_extension_in_capitals(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD, "TABLE.CSV")).X.shape == (3, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", ["empty"], id="no-bytes"),
        pytest.param("\n\n", ["empty"], id="blank-lines"),
        pytest.param("a,b\n", ["no rows"], id="header-alone"),
        pytest.param("a,b\n1,2\n", ["one row", "at least 3"], id="one-row"),
        pytest.param("a,b\n1,2\n3,4\n", ["two rows", "at least 3"], id="two-rows"),
        pytest.param("a\n1\n2\n3\n", ["one numeric column", "'a'", "at least 2"], id="one-column"),
        pytest.param("a,b\n1,2\n3,red\n4,5\n", ["'b'", "line 3", "'red'", "text", "--label b"], id="text-cell"),
        pytest.param("a,my b\nx,2\ny,1\nx,5\n", ["'a'", "line 2", "'x'", "--label a"], id="text-column"),
        pytest.param("5.1,3.5,setosa\n4.9,3,setosa\n6,7,other\n", ["'3'", "line 1", "'setosa'"], id="text-no-header"),
        pytest.param("a,b\n1,2\n3,\n4,5\n", ["'b'", "line 3", "missing", "empty"], id="empty-cell"),
        pytest.param("a,b\n1,2\n3,NA\n4,5\n", ["'b'", "line 3", "missing", "'NA'"], id="NA"),
        pytest.param("a,b\n1,2\nnan,3\n4,5\n", ["'a'", "line 3", "NaN"], id="nan"),
        pytest.param("a,b\n1,2\n3,nan\n4,nan\n", ["'b'", "line 3", "the first of 2"], id="two-nans"),
        pytest.param("a,b\n1,2\n3,-inf\n4,5\n", ["'b'", "line 3", "infinite (-inf)"], id="inf"),
        pytest.param("a,b\n1,2\n3,1e300\n4,5\n", ["'b'", "1e+300", "divide"], id="overflow"),
        pytest.param("a,b\n1,0\n3,1e-200\n4,0\n", ["'b'", "1e-200", "multiply"], id="underflow"),
        pytest.param("a,b\n1,2\n3,2\n4,2\n", ["'b'", "constant", "every value is 2", "--drop-constant"], id="constant"),
        pytest.param("a,b,c\n1,2,0\n1,2,1\n1,2,2\n", ["'a', 'b'", "constant"], id="two-constants"),
        pytest.param("a,b\n1,2\n3\n4,5\n", ["line 3", "1 cell ", "has 2"], id="short-row"),
        pytest.param("a,b\n1,2\n3,4,5\n4,5\n", ["line 3", "3 cells", "has 2"], id="long-row"),
        pytest.param("a,b\n1,2\n,\n4,5\n", ["'a'", "line 3", "missing"], id="separators-alone"),
        pytest.param('a,b\n1,2\n"3,4\n4,5\n', ["line", "quotation"], id="open-quote"),
        pytest.param("a;b\n1,5;2\n3;4\n4;4\n", ["'a'", "line 2", "decimal comma"], id="decimal-comma"),
        pytest.param("a,b\n1,2\n3,caf\xe9\n4,5\n".encode("latin-1"), ["line 3", "column 2", "0xe9", "UTF-8"], id="latin-1"),
        pytest.param(GOOD.encode("utf-16"), ["UTF-16", "UTF-8"], id="utf-16"),
        pytest.param(b"a,b\n1,2\n3,\x00\n4,5\n", ["line 3"], id="null-byte"),
    ],
)
def test_csv_refusals(tmp_path: Path, text: str | bytes, said: list[str]) -> None:
    message = refusal(write(tmp_path, text))
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        pytest.param("kind", GOOD, ["'kind'", "'a', 'b'"], id="unknown-name"),
        pytest.param("kind", "1,2\n3,4\n5,5\n", ["'kind'", "no header", "1 to 2"], id="name-without-header"),
        pytest.param("a", "a,a,b\n1,2,3\n3,4,4\n4,4,5\n", ["2 columns named 'a'"], id="ambiguous"),
        pytest.param("a", GOOD, ["one numeric column ('b')", "besides the label 'a'"], id="too-few-left"),
    ],
)
def test_label_refusals(tmp_path: Path, label: str, text: str, said: list[str]) -> None:
    message = refusal(write(tmp_path, text), label=label)
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("array", "said"),
    [
        pytest.param(np.arange(5.0), ["shape (5,)", "reshape"], id="vector"),
        pytest.param(np.zeros((2, 3, 4)), ["shape (2, 3, 4)"], id="three-axes"),
        pytest.param(np.ones((3, 2), dtype=complex), ["complex"], id="complex"),
        pytest.param(np.array([["a", "b"]] * 3), ["text"], id="text"),
        pytest.param(np.zeros((3, 2), dtype="M8[D]"), ["dates"], id="dates"),
        pytest.param(np.zeros(3, dtype=[("x", float)]), ["records", "'x'"], id="records"),
        pytest.param(np.empty((0, 4)), ["no rows"], id="no-rows"),
        pytest.param(np.empty((4, 0)), ["no numeric column"], id="no-columns"),
        pytest.param(np.array([[1, 2], [np.nan, 3], [4, 5]]), ["column '1'", "row 2", "NaN"], id="nan"),
        pytest.param(np.array([[1.0, 2], [2, 2], [3, 2]]), ["column '2'", "constant"], id="constant"),
    ],
)
def test_npy_refusals(tmp_path: Path, array: np.ndarray, said: list[str]) -> None:
    np.save(tmp_path / "t.npy", array)
    message = refusal(tmp_path / "t.npy")
    for words in said:
        assert words in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(b"1,2\n3,4\n", "damaged", id="not-npy"),
        pytest.param(b"\x93NUMPY\x01\x00\x10", "damaged", id="cut-in-the-header"),
    ],
)
def test_damaged_npy(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refusal(write(tmp_path, content, "t.npy"))


def test_npy_cut_in_the_data(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.arange(100.0).reshape(20, 5))
    whole = (tmp_path / "t.npy").read_bytes()
    assert "damaged" in refusal(write(tmp_path, whole[:-8], "t.npy"))


def test_pickled_objects_are_not_run(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([[object()] * 2] * 3), allow_pickle=True)
    assert "objects" in refusal(tmp_path / "t.npy")


def test_npz_under_the_name_npy(tmp_path: Path) -> None:
    with (tmp_path / "t.npy").open("wb") as file:
        np.savez(file, a=np.eye(3))
    assert "another format" in refusal(tmp_path / "t.npy")


def test_npy_label_refusal(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.arange(9.0).reshape(3, 3))
    assert "1 to 3" in refusal(tmp_path / "t.npy", label="kind")


@pytest.mark.parametrize(
    ("name", "said"),
    [("missing.csv", "no such file"), ("folder.csv", "is a directory"), ("t.xlsx", "'.xlsx'"), ("t", "without")],
)
def test_path_refusals(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for other in ("t.xlsx", "t"):
        write(tmp_path, GOOD, other)
    assert said in refusal(tmp_path / name)


def test_constant_columns_can_be_left_out(tmp_path: Path) -> None:
    data = load(write(tmp_path, "a,b,c\n1,2,7\n3,2,5\n4,2,4\n"), without_constant=True)
    assert data.columns == ("a", "c")
    np.testing.assert_array_equal(data.X, [[1, 7], [3, 5], [4, 4]])


def test_digits_have_their_known_shape() -> None:
    data = digits()
    assert data.X.shape == (1797, 64)
    assert data.labels is not None
    assert set(data.labels) == set("0123456789")
    assert data.X.min() == 0
    assert data.X.max() == 16

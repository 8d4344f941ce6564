/* Makes the zlib streams that digitgan/png/deflate.py defines, byte for byte, in a fraction of the time.
 *
 * The steps and names are those of the Python module, which explains them; the Huffman tables are an argument.
 * Uses the stable ABI of Python 3.11. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORTEST_MATCH = 3, LONGEST_MATCH = 258, LONGEST_RUN = 259, LONGEST_LITERALS = 3, FEWEST_RUNS = 2, FARTHEST = 32768,
    TAILS = 3 * 256, ABOVES = TAILS + LONGEST_RUN + 1, END = ABOVES + LONGEST_MATCH + 1, PREFIX = END + 1,
    LARGEST_STORED = 65535, ADLER_MODULUS = 65521, ADLER_BLOCK = 5552,
    LONGEST_CODE = 32,   /* bits; beside these, a Writer holds at most 7 */
    MOST_BYTES = 1 << 30 /* of an image with its filter bytes: far below any overflow */
};

typedef struct { uint16_t first, second; } Cut; /* two pieces of a table, the second often empty */

typedef struct {
    const uint32_t *codes; /* (n_tables, n_pieces), as in digitgan.png.huffman.Pieces */
    const uint8_t *bits;
    Py_ssize_t n_tables, n_pieces;
} Tables;

typedef struct { uint8_t *at; uint64_t held; unsigned n_held; } Writer;

static Cut *cut_runs(Cut *cut, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        Py_ssize_t longest = end - at < LONGEST_RUN ? end - at : LONGEST_RUN, length = 1;
        while (length < longest && at[length] == at[0])
            length++;
        cut->first = (uint16_t)(at[0] + (length <= LONGEST_LITERALS ? 256 * (length - 1) : 0));
        cut->second = (uint16_t)(TAILS + length);
        cut++;
        at += length;
    }
    return cut;
}

static Cut *cut_image(Cut *cut, const uint8_t *raw, const uint8_t *end, Py_ssize_t stride)
{
    const uint8_t *done = raw, *at = end - raw > stride && stride <= FARTHEST ? raw + stride : end;
    while (at < end) {
        const uint8_t *begin = at;
        Py_ssize_t n_runs = 0;
        for (; at < end && at[0] == at[-stride]; at++)
            n_runs += at[0] != at[-1];
        Py_ssize_t length = at - begin, rest = length % LONGEST_MATCH;
        at += at == begin;
        if (n_runs < FEWEST_RUNS || length < SHORTEST_MATCH)
            continue;
        if (length > LONGEST_MATCH && rest < SHORTEST_MATCH)
            length -= rest;
        cut = cut_runs(cut, done, begin);
        done = begin + length;
        for (; length > 0; length -= LONGEST_MATCH, cut++) {
            cut->first = (uint16_t)(ABOVES + (length < LONGEST_MATCH ? length : LONGEST_MATCH));
            cut->second = TAILS;
        }
    }
    return cut_runs(cut, done, end);
}

/* Returns the table that takes the fewest bits (the first of equals), and sets fewest to their number. */
static Py_ssize_t choose(const Tables *tables, const Cut *cuts, const Cut *last, uint64_t *fewest)
{
    Py_ssize_t best = 0;
    for (Py_ssize_t k = 0; k < tables->n_tables; k++) {
        const uint8_t *bits = tables->bits + k * tables->n_pieces;
        uint64_t total = 0;
        for (Py_ssize_t piece = END; piece < tables->n_pieces; piece++)
            total += bits[piece];
        for (const Cut *cut = cuts; cut < last; cut++)
            total += (uint64_t)bits[cut->first] + bits[cut->second];
        if (!k || total < *fewest) {
            *fewest = total;
            best = k;
        }
    }
    return best;
}

static inline void put(Writer *writer, uint64_t code, unsigned n_bits)
{
    writer->held |= code << writer->n_held; /* at most 7 bits are held, and at most 32 are added */
    writer->n_held += n_bits;
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) /* compiles to one store; bytes that are not yet complete are written again later */
        writer->at[i] = (uint8_t)(writer->held >> 8 * i);
    writer->at += writer->n_held >> 3;
    writer->held >>= writer->n_held & ~7u;
    writer->n_held &= 7;
}

static uint8_t *write_block(uint8_t *out, const Tables *tables, Py_ssize_t k, const Cut *cuts, const Cut *last)
{
    const uint32_t *codes = tables->codes + k * tables->n_pieces;
    const uint8_t *bits = tables->bits + k * tables->n_pieces;
    Writer writer = {out, 0, 0};
    for (Py_ssize_t piece = PREFIX; piece < tables->n_pieces; piece++)
        put(&writer, codes[piece], bits[piece]);
    for (const Cut *cut = cuts; cut < last; cut++) {
        put(&writer, codes[cut->first], bits[cut->first]);
        put(&writer, codes[cut->second], bits[cut->second]);
    }
    put(&writer, codes[END], bits[END]);
    return writer.at + (writer.n_held > 0);
}

static uint8_t *write_stored(uint8_t *out, const uint8_t *raw, Py_ssize_t size)
{
    *out++ = 0x78;
    *out++ = 0x01;
    for (Py_ssize_t left = size; left > 0; left -= LARGEST_STORED) {
        unsigned length = left < LARGEST_STORED ? (unsigned)left : LARGEST_STORED;
        *out++ = left <= LARGEST_STORED;
        for (unsigned value = length, i = 0; i < 2; i++, value = ~length)
            *out++ = (uint8_t)value, *out++ = (uint8_t)(value >> 8);
        memcpy(out, raw, length);
        out += length;
        raw += length;
    }
    return out;
}

static uint8_t *write_adler(uint8_t *out, const uint8_t *raw, Py_ssize_t size)
{
    uint32_t a = 1, b = 0;
    while (size > 0) { /* most bytes whose sums fit in 32 bits */
        Py_ssize_t n = size < ADLER_BLOCK ? size : ADLER_BLOCK;
        for (Py_ssize_t i = 0; i < n; i++)
            b += a += raw[i];
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
        raw += n;
        size -= n;
    }
    for (int shift = 24; shift >= 0; shift -= 8)
        *out++ = (uint8_t)((b << 16 | a) >> shift);
    return out;
}

/* Writes one stream to out and returns its end; raw and cuts are working memory. */
static uint8_t *write_stream(uint8_t *out, const uint8_t *image, Py_ssize_t height, Py_ssize_t width,
                             const Tables *tables, uint8_t *raw, Cut *cuts)
{
    const Py_ssize_t size = height * (width + 1);
    const Py_ssize_t stored = 2 + size + 5 * ((size + LARGEST_STORED - 1) / LARGEST_STORED);
    for (Py_ssize_t y = 0; y < height; y++) {
        raw[y * (width + 1)] = 0;
        memcpy(raw + y * (width + 1) + 1, image + y * width, width);
    }
    const Cut *last = cut_image(cuts, raw, raw + size, width + 1);
    uint64_t n_bits = 0;
    Py_ssize_t best = choose(tables, cuts, last, &n_bits);
    if ((uint64_t)stored < (n_bits + 7) / 8)
        out = write_stored(out, raw, size);
    else
        out = write_block(out, tables, best, cuts, last);
    return write_adler(out, raw, size);
}

/* Returns whether the tables have the stated sizes, and no code that is too long for a Writer. */
static int is_sound(const Tables *tables, const Py_buffer *codes, const Py_buffer *bits)
{
    if (tables->n_pieces <= PREFIX || bits->len % tables->n_tables || codes->len % 4 || codes->len / 4 != bits->len
        || (uintptr_t)codes->buf % sizeof(uint32_t))
        return 0;
    uint8_t longest = 0;
    for (Py_ssize_t i = 0; i < bits->len; i++)
        longest = tables->bits[i] > longest ? tables->bits[i] : longest;
    return longest <= LONGEST_CODE;
}

static PyObject *compress(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer images, codes, bits;
    Py_ssize_t n, height, width, n_tables;
    PyObject *streams = NULL;
    if (!PyArg_ParseTuple(args, "y*nnny*y*n", &images, &n, &height, &width, &codes, &bits, &n_tables))
        return NULL;
    Tables tables = {codes.buf, bits.buf, n_tables, n_tables > 0 ? bits.len / n_tables : 0};
    if (height < 1 || width < 1 || width >= MOST_BYTES || height > MOST_BYTES / (width + 1)) {
        PyErr_Format(PyExc_ValueError, "height and width must be at least 1, and height * (width + 1) at most %d",
                     MOST_BYTES);
        goto release;
    }
    const Py_ssize_t pixels = height * width, size = pixels + height, room = size + 5 * (size / LARGEST_STORED + 1) + 16;
    if (n < 0 || images.len % pixels || images.len / pixels != n || n > PY_SSIZE_T_MAX / room - 1) {
        PyErr_SetString(PyExc_ValueError, "images must have n * height * width bytes");
        goto release;
    }
    if (!is_sound(&tables, &codes, &bits)) {
        PyErr_Format(PyExc_ValueError, "bits must be n_tables rows of more than %d numbers of at most %d, and codes "
                     "must have an aligned uint32 for each", PREFIX, LONGEST_CODE);
        goto release;
    }
    if (!n) {
        streams = PyList_New(0);
        goto release;
    }
    uint8_t *out = malloc(n * room + 1), *raw = malloc(size), **ends = malloc((n + 1) * sizeof *ends);
    Cut *cuts = malloc(size * sizeof *cuts);
    if (!out || !raw || !cuts || !ends) {
        PyErr_NoMemory();
        goto release_room;
    }
    ends[0] = out;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < n; i++)
        ends[i + 1] = write_stream(ends[i], (const uint8_t *)images.buf + i * height * width, height, width, &tables,
                                   raw, cuts);
    Py_END_ALLOW_THREADS
    streams = PyList_New(n);
    for (Py_ssize_t i = 0; streams && i < n; i++) {
        PyObject *stream = PyBytes_FromStringAndSize((const char *)ends[i], ends[i + 1] - ends[i]);
        if (!stream || PyList_SetItem(streams, i, stream))
            Py_CLEAR(streams);
    }
release_room:
    free(out);
    free(raw);
    free(cuts);
    free(ends);
release:
    PyBuffer_Release(&images);
    PyBuffer_Release(&codes);
    PyBuffer_Release(&bits);
    return streams;
}

static PyMethodDef methods[] = {
    {"compress", compress, METH_VARARGS, "compress(images, n, height, width, codes, bits, n_tables) -> list[bytes]"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_deflate", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__deflate(void)
{
    return PyModuleDef_Init(&module);
}

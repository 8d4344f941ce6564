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
    LARGEST_STORED = 65535, ADLER_MODULUS = 65521, ADLER_BLOCK = 5552, ADLER_STEP = 32, WORD = 8,
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

static inline uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, WORD); /* compiles to one load */
    return value;
}

/* Returns the first byte that differs from the byte `distance` before it, or end. */
static inline const uint8_t *next_change(const uint8_t *at, const uint8_t *end, Py_ssize_t distance)
{
    uint64_t changes = 0;
    while (end - at >= WORD && !(changes = word(at) ^ word(at - distance))) /* plain ground, a word at a time */
        at += WORD;
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (changes) /* without the branches below, which are hard to predict */
        return at + (__builtin_ctzll(changes) >> 3);
#endif
    while (at < end && at[0] == at[-distance])
        at++;
    return at;
}

/* Returns the last byte after start whose predecessor differs from the byte `distance` before that, or start. */
static inline const uint8_t *last_change(const uint8_t *at, const uint8_t *start, Py_ssize_t distance)
{
    while (at - start >= WORD && word(at - WORD) == word(at - WORD - distance))
        at -= WORD;
    while (at > start && at[-1] == at[-1 - distance])
        at--;
    return at;
}

static Cut *cut_run(Cut *cut, const uint8_t *at, const uint8_t *end)
{
    for (; at < end; cut++) {
        Py_ssize_t length = end - at < LONGEST_RUN ? end - at : LONGEST_RUN;
        cut->first = (uint16_t)(at[0] + (length <= LONGEST_LITERALS ? 256 * (length - 1) : 0));
        cut->second = (uint16_t)(TAILS + length);
        at += length;
    }
    return cut;
}

static Cut *cut_above(Cut *cut, Py_ssize_t length)
{
    for (; length > 0; length -= LONGEST_MATCH, cut++) {
        cut->first = (uint16_t)(ABOVES + (length < LONGEST_MATCH ? length : LONGEST_MATCH));
        cut->second = TAILS;
    }
    return cut;
}

static Cut *cut_image(Cut *cut, const uint8_t *raw, const uint8_t *end, Py_ssize_t stride)
{
    const uint8_t *earliest = end - raw > stride && stride <= FARTHEST ? raw + stride : end; /* first of a match */
    const uint8_t *run = raw, *next;
    Cut *run_cut = cut; /* the first cut of the run before this one */
    for (const uint8_t *at = raw; at < end; at = next) {
        next = next_change(at + 1, end, 1);
        /* Two runs begin in a stretch that has a whole run and the byte after it, which seldom equals the one above. */
        if (at >= earliest && next < end && next[0] == next[-stride]) {
            const uint8_t *stop = next_change(at, end, stride), *begin = last_change(at, earliest, stride);
            Py_ssize_t length = stop - begin, rest = length % LONGEST_MATCH;
            if (stop > next && length >= SHORTEST_MATCH) {
                if (length > LONGEST_MATCH && rest < SHORTEST_MATCH)
                    length -= rest;
                if (begin < at)
                    cut = cut_run(run_cut, run, begin);
                cut = cut_above(cut, length);
                earliest = next = begin + length;
                continue;
            }
        }
        run = at;
        run_cut = cut;
        cut = cut_run(cut, at, next);
    }
    return cut;
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
        const uint8_t *end = raw + (size < ADLER_BLOCK ? size : ADLER_BLOCK);
        size -= end - raw;
        for (; end - raw >= ADLER_STEP; raw += ADLER_STEP) {
            /* Processors make several products of 16 bits at once. */
            int32_t sum = 0, weighted = 0;
            for (int i = 0; i < ADLER_STEP; i++) {
                int16_t value = raw[i], weight = (int16_t)(ADLER_STEP - i);
                sum += value;
                weighted += value * weight;
            }
            b += ADLER_STEP * a + (uint32_t)weighted;
            a += (uint32_t)sum;
        }
        for (; raw < end; raw++)
            b += a += *raw;
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
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

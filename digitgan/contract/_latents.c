/* Draws the latents that digitgan/contract/latents.py defines, bit for bit, in a fraction of the time.
 *
 * The steps and names are those of the Python module, which explains them; the normal quantiles are an argument.
 * Uses the stable ABI of Python 3.11. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>

enum {
    ROUNDS = 10, WORDS = 4, QUANTILES = 65536,
    COMPONENTS_PER_WORD = 4, COMPONENTS_PER_BLOCK = WORDS * COMPONENTS_PER_WORD
};

__extension__ typedef unsigned __int128 Product;

static void encrypt(uint64_t words[WORDS], uint64_t key)
{
    uint64_t step = 0; /* added to the upper half of the key, which starts at 0 */
    for (int round = 0; round < ROUNDS; round++) {
        const Product first = (Product)words[0] * 0xD2E7470EE14C6C93, second = (Product)words[2] * 0xCA5A826395121157;
        words[0] = (uint64_t)(second >> 64) ^ words[1] ^ key;
        words[1] = (uint64_t)second;
        words[2] = (uint64_t)(first >> 64) ^ words[3] ^ step;
        words[3] = (uint64_t)first;
        key += 0x9E3779B97F4A7C15;
        step += 0xBB67AE8584CAA73B;
    }
}

static void draw_one(uint64_t seed, const float *quantiles, float *latent, Py_ssize_t size)
{
    for (Py_ssize_t start = 0, block = 1; start < size; start += COMPONENTS_PER_BLOCK, block++) {
        uint64_t words[WORDS] = {(uint64_t)block, 0, 0, 0};
        encrypt(words, seed);
        const Py_ssize_t n = size - start < COMPONENTS_PER_BLOCK ? size - start : COMPONENTS_PER_BLOCK;
        for (Py_ssize_t i = 0; i < n; i++)
            latent[start + i] = quantiles[words[i / COMPONENTS_PER_WORD] >> 16 * (i % COMPONENTS_PER_WORD) & 0xFFFF];
    }
}

static PyObject *draw(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer seeds, quantiles, latents;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y*y*nw*", &seeds, &quantiles, &size, &latents))
        return NULL;
    const Py_ssize_t n = seeds.len / (Py_ssize_t)sizeof(uint64_t), n_components = latents.len / (Py_ssize_t)sizeof(float);
    const int is_sound = size >= 1 && seeds.len % sizeof(uint64_t) == 0 && latents.len % sizeof(float) == 0
        && (n ? n_components % n == 0 && n_components / n == size : n_components == 0)
        && quantiles.len == QUANTILES * (Py_ssize_t)sizeof(float) && (uintptr_t)seeds.buf % sizeof(uint64_t) == 0
        && (uintptr_t)quantiles.buf % sizeof(float) == 0 && (uintptr_t)latents.buf % sizeof(float) == 0;
    if (is_sound)
        for (Py_ssize_t i = 0; i < n; i++) /* too short to be worth releasing the interpreter lock */
            draw_one(((const uint64_t *)seeds.buf)[i], quantiles.buf, (float *)latents.buf + i * size, size);
    else
        PyErr_SetString(PyExc_ValueError, "seeds must be N uint64, quantiles 65,536 float32, size at "
                        "least 1, and latents N * size float32; all aligned");
    PyBuffer_Release(&seeds);
    PyBuffer_Release(&quantiles);
    PyBuffer_Release(&latents);
    return is_sound ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef methods[] = {
    {"draw", draw, METH_VARARGS, "draw(seeds, quantiles, size, latents): fill latents, float32 (N, size)"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_latents", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__latents(void)
{
    return PyModuleDef_Init(&module);
}

/* Traces, draws and writes ink as digitgan/ink/tracing.py, raster.py and paths.py define it, byte for byte, in a fraction
 * of the time.
 *
 * The steps and names are those of the Python modules, which explain them.
 * Uses the stable ABI of Python 3.11. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNITS = 64, STEP = UNITS / 2, DOT = UNITS * UNITS, STROKE = 4 * UNITS * UNITS, NEAR = 5 * UNITS / 2, PINHOLE = UNITS * UNITS / 16,
    REAL = 48, MOST_LIFT = 64, UNIT = 1024, HALF_INK = 255 * (UNIT * UNIT / 2), TAPS = 6, SMOOTHING_UNIT = 1024, REACH = 6,
    INK = 64, SUB = 256, FLAT = 64, MOST_LINES = 64,
    MOST_SIDE = 1 << 12,      /* pixels of an image that is traced */
    MOST_PIXELS = 1 << 17,    /* pixels of a side of a picture that is drawn */
    MOST_COORDINATE = 1 << 24 /* units, and scale: products stay far below 64 bits */
};

static const int32_t WEIGHTS[TAPS] = {615, -130, 35, -9, 2, -1};
static const int32_t SMOOTHING[REACH + 1] = {360, 276, 107, -10, -32, -11, 2};

typedef struct { int32_t x, y; } Point;
typedef struct { void *at; Py_ssize_t length, room; } Buffer; /* items of one kind */

static inline int64_t floor_divided(int64_t a, int64_t b)
{
    const int64_t quotient = a / b;
    return quotient - (a % b && (a < 0) != (b < 0));
}

static inline int32_t clipped(int64_t value, int64_t most)
{
    return (int32_t)(value < 0 ? 0 : value > most ? most : value);
}

/* Makes room for n more items; returns 0 without memory. */
static int reserve(Buffer *buffer, Py_ssize_t n, size_t size)
{
    if (buffer->length + n <= buffer->room)
        return 1;
    const Py_ssize_t room = 2 * buffer->room + n + 64;
    void *at = realloc(buffer->at, room * size);
    if (!at)
        return 0;
    buffer->at = at;
    buffer->room = room;
    return 1;
}

/* ---- tracing ---- */

/* Writes the highest of each level and its neighbours before and behind it, `step` apart. */
static void spread(const uint8_t *levels, Py_ssize_t n, Py_ssize_t step, uint8_t *out)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        const uint8_t here = levels[i * step], before = levels[(i ? i - 1 : i) * step];
        const uint8_t after = levels[(i + 1 < n ? i + 1 : i) * step], most = before > after ? before : after;
        out[i * step] = most > here ? most : here;
    }
}

/* Writes the grey levels of an image, lifted where its ink is faint; highest is working memory, twice its size. */
static void lift(const uint8_t *image, Py_ssize_t height, Py_ssize_t width, int32_t *lifted, uint8_t *highest)
{
    uint8_t *across = highest + height * width;
    for (Py_ssize_t y = 0; y < height; y++)
        spread(image + y * width, width, 1, across + y * width);
    for (Py_ssize_t y = 0; y < height; y++) {
        const uint8_t *here = across + y * width, *above = y ? here - width : here;
        const uint8_t *below = y + 1 < height ? here + width : here;
        for (Py_ssize_t x = 0; x < width; x++) {
            const uint8_t most = above[x] > below[x] ? above[x] : below[x];
            highest[y * width + x] = most > here[x] ? most : here[x];
        }
    }
    for (Py_ssize_t y = 0; y < height; y++) {
        const uint8_t *here = highest + y * width, *above = y ? here - width : here;
        const uint8_t *below = y + 1 < height ? here + width : here;
        for (Py_ssize_t x = 0; x < width; x++) {
            const Py_ssize_t left = x ? x - 1 : x, right = x + 1 < width ? x + 1 : x;
            const int32_t sum = above[left] + above[x] + above[right] + here[left] + here[x] + here[right]
                + below[left] + below[x] + below[right];
            const int32_t mean = sum / 9, raise = 127 - 36 * mean / 64;
            const int32_t level = image[y * width + x]
                + (mean < REAL || raise < 0 ? 0 : raise > MOST_LIFT ? MOST_LIFT : raise);
            lifted[y * width + x] = level > 255 ? 255 : level;
        }
    }
}

/* Writes n values at the places midway before each of n + 1 values; before and behind the values TAPS others are read. */
static inline void interpolate(const int32_t *values, Py_ssize_t n, Py_ssize_t step, int32_t *out)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        int32_t sum = 0;
        for (Py_ssize_t k = 0; k < TAPS; k++)
            sum += WEIGHTS[k] * (values[i - (1 + k) * step] + values[i + k * step]);
        out[i] = sum;
    }
}

/* Writes the lattice of an image, whose levels have TAPS blank rows above and below them; columns and line are working
 * memory: (2 * height + 1, width) and 2 * (width + TAPS) + 1 numbers. */
static void refine(const int32_t *levels, Py_ssize_t height, Py_ssize_t width, int32_t *columns, int32_t *line,
                   int32_t *lattice)
{
    for (Py_ssize_t y = 0; y <= height; y++) {
        interpolate(levels + y * width, width, width, columns + 2 * y * width);
        for (Py_ssize_t x = 0; y < height && x < width; x++)
            columns[(2 * y + 1) * width + x] = UNIT * levels[y * width + x];
    }
    int32_t *padded = line + TAPS, *between = line + width + 2 * TAPS;
    memset(line, 0, (width + 2 * TAPS) * sizeof *line);
    for (Py_ssize_t y = 0; y < 2 * height + 1; y++) {
        int32_t *out = lattice + (y + 1) * (2 * width + 3) + 1;
        memcpy(padded, columns + y * width, width * sizeof *padded);
        interpolate(padded, width + 1, 1, between);
        for (Py_ssize_t x = 0; x < width; x++) {
            out[2 * x] = between[x];
            out[2 * x + 1] = UNIT * padded[x];
        }
        out[2 * width] = between[width];
    }
}

typedef struct {
    Py_ssize_t rows, columns; /* of the lattice */
    const int32_t *levels;
    uint8_t *seen;            /* by node: whether a walk has passed the edge to its right */
} Lattice;

static inline int is_ink(const Lattice *lattice, Py_ssize_t row, Py_ssize_t column)
{
    return lattice->levels[row * lattice->columns + column] >= HALF_INK;
}

static inline int32_t between(int64_t a, int64_t b)
{
    const int64_t rise = b - a;
    return (int32_t)floor_divided(2 * STEP * (HALF_INK - a) + rise, 2 * rise);
}

/* Walks around ink, which is on the right-hand side, from the edge to the right of a node; returns 0 without memory. */
static int walk(const Lattice *lattice, Py_ssize_t row, Py_ssize_t column, Buffer *points)
{
    static const int8_t DOWN[4] = {-1, 0, 1, 0}, RIGHT[4] = {0, 1, 0, -1}; /* through the sides of a cell, clockwise */
    const Py_ssize_t columns = lattice->columns;
    int side = is_ink(lattice, row, column) ? 0 : 2; /* of the cell that the walk enters: its top, or its bottom */
    if (side == 2)
        row--; /* (row, column) is the upper left node of the cell from here on */
    for (;;) {
        const int32_t *level = lattice->levels + row * columns + column;
        const int32_t corners[4] = {level[0], level[1], level[columns + 1], level[columns]};
        const Py_ssize_t edge_row = row + (side == 2), edge_column = column + (side == 1);
        if (side % 2 == 0) {
            uint8_t *seen = lattice->seen + edge_row * columns + edge_column;
            if (*seen)
                return 1;
            *seen = 1;
        }
        if (!reserve(points, 1, sizeof(Point)))
            return 0;
        Point *point = (Point *)points->at + points->length++;
        *point = (Point){(int32_t)(edge_column - 1) * STEP, (int32_t)(edge_row - 1) * STEP};
        if (side == 0 || side == 2)
            point->x += side == 0 ? between(corners[0], corners[1]) : between(corners[3], corners[2]);
        else
            point->y += side == 3 ? between(corners[0], corners[3]) : between(corners[1], corners[2]);

        int ink[4], crosses[4];
        int64_t sum = 0;
        for (int i = 0; i < 4; i++) {
            ink[i] = corners[i] >= HALF_INK;
            sum += corners[i];
        }
        for (int i = 0; i < 4; i++)
            crosses[i] = ink[i] != ink[(i + 1) % 4];
        const int is_saddle = crosses[0] && crosses[1] && crosses[2] && crosses[3];
        int turn = 1;
        if (is_saddle)
            turn = sum >= 4 * (int64_t)HALF_INK ? 1 : 3;
        else
            while (!crosses[(side + turn) % 4])
                turn++;
        const int exit = (side + turn) % 4;
        row += DOWN[exit];
        column += RIGHT[exit];
        side = (exit + 2) % 4;
    }
}

/* Repeats the points of a closed curve before and behind it. */
static void close_curve(Point *points, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < REACH; i++) {
        points[n + i] = points[i];            /* of a short curve, what was repeated just before */
        points[-1 - i] = points[n - 1 - i];
    }
}

/* Smooths n points; before and behind them REACH others are read. */
static void smooth(const Point *from, Point *to, Py_ssize_t n, int32_t most_x, int32_t most_y)
{
    const int32_t *numbers = (const int32_t *)from;
    int32_t *out = (int32_t *)to;
    for (Py_ssize_t i = 0; i < 2 * n; i++) {
        int32_t sum = SMOOTHING[0] * numbers[i];
        for (Py_ssize_t k = 1; k <= REACH; k++)
            sum += SMOOTHING[k] * (numbers[i - 2 * k] + numbers[i + 2 * k]);
        out[i] = sum;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        to[i].x = clipped(floor_divided(2 * (int64_t)to[i].x + SMOOTHING_UNIT, 2 * SMOOTHING_UNIT), most_x);
        to[i].y = clipped(floor_divided(2 * (int64_t)to[i].y + SMOOTHING_UNIT, 2 * SMOOTHING_UNIT), most_y);
    }
}

typedef struct {
    Py_ssize_t start, stop;
    int64_t twice_area;
    int32_t left, top, right, bottom;
    int is_kept;
} Curve;

static void measure(Curve *curve, const Point *points)
{
    const Point *first = points + curve->start, *last = points + curve->stop - 1;
    curve->twice_area = (int64_t)last->x * first->y - (int64_t)first->x * last->y;
    curve->left = curve->right = first->x;
    curve->top = curve->bottom = first->y;
    for (const Point *p = first; p <= last; p++) {
        if (p < last)
            curve->twice_area += (int64_t)p->x * p[1].y - (int64_t)p[1].x * p->y;
        curve->left = p->x < curve->left ? p->x : curve->left;
        curve->right = p->x > curve->right ? p->x : curve->right;
        curve->top = p->y < curve->top ? p->y : curve->top;
        curve->bottom = p->y > curve->bottom ? p->y : curve->bottom;
    }
}

/* Returns whether a point of a curve is near one of a stroke. */
static int is_near(const Curve *curve, const Curve *curves, Py_ssize_t n, const Point *points)
{
    for (const Curve *stroke = curves; stroke < curves + n; stroke++)
        if (stroke->twice_area >= 2 * STROKE)
            for (const Point *p = points + curve->start; p < points + curve->stop; p++)
                for (const Point *q = points + stroke->start; q < points + stroke->stop; q++) {
                    const int64_t x = p->x - q->x, y = p->y - q->y;
                    if (x * x + y * y <= NEAR * NEAR)
                        return 1;
                }
    return 0;
}

/* Decides which curves are kept: first those around ink, then those around holes. */
static void select_curves(Curve *curves, Py_ssize_t n, const Point *points)
{
    for (Curve *curve = curves; curve < curves + n; curve++)
        curve->is_kept = curve->twice_area >= 2 * STROKE
            || (curve->twice_area >= 2 * DOT && is_near(curve, curves, n, points));
    for (Curve *hole = curves; hole < curves + n; hole++) {
        if (hole->twice_area >= 0)
            continue;
        hole->is_kept = -hole->twice_area >= 2 * PINHOLE;
        for (const Curve *speck = curves; speck < curves + n; speck++)
            if (speck->twice_area >= 0 && !speck->is_kept && speck->left <= hole->left && speck->top <= hole->top
                && hole->right <= speck->right && hole->bottom <= speck->bottom)
                hole->is_kept = 0;
    }
}

typedef struct { Buffer points, curves, glyphs, walked, measured; int32_t *blank, *columns, *line, *levels; uint8_t *seen, *highest; } Tracing;

/* Adds the curves of one image; returns 0 without memory. */
static int trace_image(Tracing *tracing, const uint8_t *image, Py_ssize_t height, Py_ssize_t width)
{
    const Lattice lattice = {2 * height + 3, 2 * width + 3, tracing->levels, tracing->seen};
    int32_t *levels = tracing->blank + TAPS * width;
    lift(image, height, width, levels, tracing->highest);
    refine(levels, height, width, tracing->columns, tracing->line, tracing->levels);
    memset(tracing->seen, 0, lattice.rows * lattice.columns);

    tracing->walked.length = tracing->measured.length = 0;
    for (Py_ssize_t row = 1; row < lattice.rows - 1; row++) /* the ring outside is black */
        for (Py_ssize_t column = 0; column < lattice.columns - 1; column++) {
            if (is_ink(&lattice, row, column) == is_ink(&lattice, row, column + 1)
                || tracing->seen[row * lattice.columns + column])
                continue;
            Curve curve = {.start = tracing->walked.length + REACH};
            if (!reserve(&tracing->walked, REACH, sizeof(Point)))
                return 0;
            tracing->walked.length += REACH;
            if (!walk(&lattice, row, column, &tracing->walked) || !reserve(&tracing->walked, REACH, sizeof(Point))
                || !reserve(&tracing->measured, 1, sizeof curve))
                return 0;
            curve.stop = tracing->walked.length;
            tracing->walked.length += REACH;
            close_curve((Point *)tracing->walked.at + curve.start, curve.stop - curve.start);
            ((Curve *)tracing->measured.at)[tracing->measured.length++] = curve;
        }
    Curve *curves = tracing->measured.at;
    const Py_ssize_t n = tracing->measured.length, first = tracing->points.length;
    if (!reserve(&tracing->points, tracing->walked.length, sizeof(Point))
        || !reserve(&tracing->curves, n, sizeof(int32_t)))
        return 0;
    Point *points = (Point *)tracing->points.at + first;
    for (Curve *curve = curves; curve < curves + n; curve++) {
        smooth((Point *)tracing->walked.at + curve->start, points + curve->start, curve->stop - curve->start,
               width * UNITS, height * UNITS);
        measure(curve, points);
    }
    select_curves(curves, n, points);
    for (const Curve *curve = curves; curve < curves + n; curve++) {
        if (!curve->is_kept)
            continue;
        const Py_ssize_t length = curve->stop - curve->start;
        ((int32_t *)tracing->curves.at)[tracing->curves.length++] = (int32_t)tracing->points.length;
        memmove((Point *)tracing->points.at + tracing->points.length, points + curve->start, length * sizeof(Point));
        tracing->points.length += length;
    }
    return 1;
}

static PyObject *trace(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer images;
    Py_ssize_t n, height, width;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*nnn", &images, &n, &height, &width))
        return NULL;
    if (height < 1 || width < 1 || height > MOST_SIDE || width > MOST_SIDE || n < 0 || images.len % (height * width)
        || images.len / (height * width) != n) {
        PyErr_Format(PyExc_ValueError, "images must have n * height * width bytes, height and width from 1 to %d",
                     MOST_SIDE);
        PyBuffer_Release(&images);
        return NULL;
    }
    const Py_ssize_t down = 2 * height + 1, n_nodes = (down + 2) * (2 * width + 3);
    Tracing tracing = {.blank = calloc((height + 2 * TAPS) * width, sizeof(int32_t)),
                       .columns = malloc(down * width * sizeof(int32_t)),
                       .line = malloc((2 * (width + TAPS) + 1) * sizeof(int32_t)),
                       .levels = calloc(n_nodes, sizeof(int32_t)), .seen = malloc(n_nodes),
                       .highest = malloc(2 * height * width)};
    int is_done = tracing.blank && tracing.columns && tracing.line && tracing.levels && tracing.seen && tracing.highest
        && reserve(&tracing.glyphs, n + 1, sizeof(int32_t));
    if (is_done) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; is_done && i < n; i++) {
            ((int32_t *)tracing.glyphs.at)[i] = (int32_t)tracing.curves.length;
            is_done = trace_image(&tracing, (const uint8_t *)images.buf + i * height * width, height, width)
                && tracing.points.length < INT32_MAX / 2;
        }
        Py_END_ALLOW_THREADS
    }
    is_done = is_done && reserve(&tracing.curves, 1, sizeof(int32_t)) && reserve(&tracing.points, 1, sizeof(Point));
    if (is_done) {
        ((int32_t *)tracing.glyphs.at)[n] = (int32_t)tracing.curves.length;
        ((int32_t *)tracing.curves.at)[tracing.curves.length] = (int32_t)tracing.points.length;
        result = Py_BuildValue("y#y#y#", (char *)tracing.points.at, tracing.points.length * (Py_ssize_t)sizeof(Point),
                               (char *)tracing.curves.at, (tracing.curves.length + 1) * (Py_ssize_t)sizeof(int32_t),
                               (char *)tracing.glyphs.at, (n + 1) * (Py_ssize_t)sizeof(int32_t));
    } else
        PyErr_NoMemory();
    free(tracing.points.at);
    free(tracing.curves.at);
    free(tracing.glyphs.at);
    free(tracing.walked.at);
    free(tracing.measured.at);
    free(tracing.blank);
    free(tracing.columns);
    free(tracing.line);
    free(tracing.levels);
    free(tracing.seen);
    free(tracing.highest);
    PyBuffer_Release(&images);
    return result;
}

/* ---- drawing ---- */

typedef struct {
    Py_ssize_t height, width; /* of the picture, in pixels */
    int64_t scale, units;
    int32_t *sums;            /* (height, width + 2): of signed areas; zero outside of the rows and columns below */
    Py_ssize_t top, bottom, left, right;
} Canvas;

static inline void add_piece(Canvas *canvas, Py_ssize_t row, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    if (y0 == y1)
        return;
    const int32_t column = (x0 < x1 ? x0 : x1) / SUB, inside = x0 + x1 - 2 * SUB * column, rise = y1 - y0;
    int32_t *sums = canvas->sums + row * (canvas->width + 2) + column;
    sums[0] = (int32_t)((uint32_t)sums[0] - (uint32_t)(rise * (2 * SUB - inside))); /* curves may lie on top of others */
    sums[1] = (int32_t)((uint32_t)sums[1] - (uint32_t)(rise * inside));
    if (column < canvas->left)
        canvas->left = column;
    if (column + 1 > canvas->right)
        canvas->right = column + 1;
}

/* Adds a line within one row of pixels, in 1/256 pixel. */
static inline void add_in_row(Canvas *canvas, Py_ssize_t row, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    int32_t x = x0, y = y0;
    if (x0 < x1)
        for (int32_t border = (x0 / SUB + 1) * SUB; border < x1; border += SUB) {
            const int32_t at = y0 + (int32_t)floor_divided((int64_t)(border - x0) * (y1 - y0), x1 - x0);
            add_piece(canvas, row, x, y, border, at);
            x = border;
            y = at;
        }
    else
        for (int32_t border = (x0 + SUB - 1) / SUB * SUB - SUB; border > x1; border -= SUB) {
            const int32_t at = y0 + (int32_t)floor_divided((int64_t)(border - x0) * (y1 - y0), x1 - x0);
            add_piece(canvas, row, x, y, border, at);
            x = border;
            y = at;
        }
    add_piece(canvas, row, x, y, x1, y1);
}

static void add_line(Canvas *canvas, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    if (y0 == y1)
        return;
    int32_t x = x0, y = y0;
    if (y0 < y1) {
        Py_ssize_t row = y0 / SUB;
        if (row < canvas->top)
            canvas->top = row;
        for (int32_t border = (int32_t)(row + 1) * SUB; border < y1; border += SUB, row++) {
            const int32_t at = x0 + (int32_t)floor_divided((int64_t)(border - y0) * (x1 - x0), y1 - y0);
            add_in_row(canvas, row, x, y, at, border);
            x = at;
            y = border;
        }
        add_in_row(canvas, row, x, y, x1, y1);
        if (row + 1 > canvas->bottom)
            canvas->bottom = row + 1;
    } else {
        Py_ssize_t row = (y0 + SUB - 1) / SUB - 1;
        if (row + 1 > canvas->bottom)
            canvas->bottom = row + 1;
        for (int32_t border = (int32_t)row * SUB; border > y1; border -= SUB, row--) {
            const int32_t at = x0 + (int32_t)floor_divided((int64_t)(border - y0) * (x1 - x0), y1 - y0);
            add_in_row(canvas, row, x, y, at, border);
            x = at;
            y = border;
        }
        add_in_row(canvas, row, x, y, x1, y1);
        if (row < canvas->top)
            canvas->top = row;
    }
}

static inline int32_t bend_of(int32_t a, int32_t b, int32_t c)
{
    const int32_t bend = a - 2 * b + c;
    return bend < 0 ? -bend : bend;
}

static inline int32_t on_arc(int64_t start, int64_t control, int64_t end, int64_t k, int64_t n)
{
    const int64_t weighted = (n - k) * (n - k) * start + 2 * k * (n - k) * control + k * k * end;
    return (int32_t)((2 * weighted + n * n) / (2 * n * n)); /* never negative */
}

static inline Point placed(const Canvas *canvas, int64_t twice_x, int64_t twice_y)
{
    return (Point){
        clipped(floor_divided(twice_x * canvas->scale * SUB + canvas->units, 2 * canvas->units), canvas->width * SUB),
        clipped(floor_divided(twice_y * canvas->scale * SUB + canvas->units, 2 * canvas->units), canvas->height * SUB)};
}

static void add_curve(Canvas *canvas, const Point *points, Py_ssize_t n_points)
{
    const Point *before = points + n_points - 1;
    Point start = placed(canvas, (int64_t)before->x + points->x, (int64_t)before->y + points->y);
    for (Py_ssize_t i = 0; i < n_points; i++) {
        const Point *here = points + i, *after = points + (i + 1 == n_points ? 0 : i + 1);
        const Point control = placed(canvas, 2 * (int64_t)here->x, 2 * (int64_t)here->y);
        const Point end = placed(canvas, (int64_t)here->x + after->x, (int64_t)here->y + after->y);
        const int32_t across = bend_of(start.x, control.x, end.x), down = bend_of(start.y, control.y, end.y);
        const int32_t bend = across > down ? across : down;
        int n = 1;
        while (n * n * FLAT < bend && n < MOST_LINES)
            n *= 2;
        Point from = start;
        for (int k = 1; k < n; k++) {
            const Point to = {on_arc(start.x, control.x, end.x, k, n), on_arc(start.y, control.y, end.y, k, n)};
            add_line(canvas, from.x, from.y, to.x, to.y);
            from = to;
        }
        add_line(canvas, from.x, from.y, end.x, end.y);
        start = end;
    }
}

/* Draws what was added over a picture, clears the canvas, and sets the box of the ink: left, top, right, bottom. */
static void sweep(Canvas *canvas, uint8_t *pixels, int32_t *box)
{
    const int32_t full = 2 * SUB * SUB;
    int32_t left = INT32_MAX, top = INT32_MAX, right = 0, bottom = 0;
    for (Py_ssize_t row = canvas->top; row < canvas->bottom; row++) {
        int32_t *sums = canvas->sums + row * (canvas->width + 2);
        uint8_t *out = pixels + row * canvas->width;
        int64_t area = 0;
        int32_t first = INT32_MAX, last = -1;
        uint8_t level = 0;
        for (Py_ssize_t column = canvas->left; column <= canvas->right; column++) {
            if (sums[column]) {
                area += sums[column];
                sums[column] = 0;
                level = area <= 0 ? 0 : area >= full ? 255 : (uint8_t)((255 * (int32_t)area + full / 2) / full);
            }
            if (!level || column >= canvas->width)
                continue;
            if (level > out[column])
                out[column] = level;
            if (level >= INK) {
                first = first == INT32_MAX ? (int32_t)column : first;
                last = (int32_t)column;
            }
        }
        if (last >= 0) {
            left = first < left ? first : left;
            right = last + 1 > right ? last + 1 : right;
            top = top == INT32_MAX ? (int32_t)row : top;
            bottom = (int32_t)row + 1;
        }
    }
    box[0] = right ? left : 0;
    box[1] = right ? top : 0;
    box[2] = right;
    box[3] = bottom;
}

/* Returns whether starts are n + 1 numbers that rise from 0 to `last`. */
static int rise_to(const Py_buffer *starts, Py_ssize_t n, Py_ssize_t last)
{
    if (n < 0 || starts->len != (n + 1) * (Py_ssize_t)sizeof(int32_t) || (uintptr_t)starts->buf % sizeof(int32_t))
        return 0;
    const int32_t *at = starts->buf;
    for (Py_ssize_t i = 0; i < n; i++)
        if (at[i] > at[i + 1])
            return 0;
    return at[0] == 0 && at[n] == last;
}

/* Returns whether buffers hold the points of curves and the curves of glyphs, near enough to 0. */
static int are_outlines(const Py_buffer *points, const Py_buffer *curves, const Py_buffer *glyphs)
{
    const Py_ssize_t size = sizeof(int32_t), n_points = points->len / (Py_ssize_t)sizeof(Point);
    const Py_ssize_t n_curves = curves->len / size - 1, n_glyphs = glyphs->len / size - 1;
    int is_sound = points->len % (Py_ssize_t)sizeof(Point) == 0 && (uintptr_t)points->buf % size == 0
        && rise_to(curves, n_curves, n_points) && rise_to(glyphs, n_glyphs, n_curves);
    for (const Point *p = points->buf; is_sound && p < (const Point *)points->buf + n_points; p++)
        is_sound = p->x > -MOST_COORDINATE && p->x < MOST_COORDINATE && p->y > -MOST_COORDINATE && p->y < MOST_COORDINATE;
    return is_sound;
}

static PyObject *draw(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer points, curves, glyphs, pictures, pixels, boxes;
    Py_ssize_t scale, units, height, width;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nnnnw*w*", &points, &curves, &glyphs, &pictures, &scale, &units, &height,
                          &width, &pixels, &boxes))
        return NULL;
    const Py_ssize_t size = sizeof(int32_t), n_glyphs = glyphs.len / size - 1, n = pictures.len / size - 1;
    const int is_sound = are_outlines(&points, &curves, &glyphs) && rise_to(&pictures, n, n_glyphs)
        && scale >= 1 && scale < MOST_COORDINATE && units >= 1 && units < MOST_COORDINATE
        && height >= 1 && height <= MOST_PIXELS && width >= 1 && width <= MOST_PIXELS
        && pixels.len % (height * width) == 0 && pixels.len / (height * width) == n
        && boxes.len == 4 * size * n_glyphs && (uintptr_t)boxes.buf % size == 0;
    if (!is_sound) {
        PyErr_Format(PyExc_ValueError, "points must be P pairs of int32 nearer to 0 than %d; curves, glyphs and pictures "
                     "int32 that rise from 0 to P, to the curves and to the glyphs; scale and units from 1 to %d; pixels M * "
                     "height * width bytes, of sides of 1 to %d; boxes N * 4 int32; all aligned", MOST_COORDINATE,
                     MOST_COORDINATE - 1, MOST_PIXELS);
        goto release;
    }
    Canvas canvas = {.height = height, .width = width, .scale = scale, .units = units,
                     .sums = calloc((height + 1) * (width + 2), sizeof(int32_t))};
    if (!canvas.sums) {
        PyErr_NoMemory();
        goto release;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t picture = 0; picture < n; picture++)
        for (int32_t glyph = ((int32_t *)pictures.buf)[picture]; glyph < ((int32_t *)pictures.buf)[picture + 1]; glyph++) {
            canvas.top = height;
            canvas.left = width + 1;
            canvas.bottom = canvas.right = 0;
            for (int32_t curve = ((int32_t *)glyphs.buf)[glyph]; curve < ((int32_t *)glyphs.buf)[glyph + 1]; curve++) {
                const int32_t start = ((int32_t *)curves.buf)[curve], stop = ((int32_t *)curves.buf)[curve + 1];
                if (stop > start)
                    add_curve(&canvas, (const Point *)points.buf + start, stop - start);
            }
            sweep(&canvas, (uint8_t *)pixels.buf + picture * height * width, (int32_t *)boxes.buf + 4 * glyph);
        }
    Py_END_ALLOW_THREADS
    free(canvas.sums);
    result = Py_NewRef(Py_None);
release:
    PyBuffer_Release(&points);
    PyBuffer_Release(&curves);
    PyBuffer_Release(&glyphs);
    PyBuffer_Release(&pictures);
    PyBuffer_Release(&pixels);
    PyBuffer_Release(&boxes);
    return result;
}

/* ---- writing ---- */

enum { MOST_DIGITS = 9 }; /* of a number less than 2 ** 26, with its sign or the space before it */

/* Writes a number and returns the end of the text; a space comes first unless a letter or the number's sign parts it. */
static char *write_number(char *text, int32_t number, int is_after_letter)
{
    char digits[MOST_DIGITS];
    int n = 0;
    if (number < 0) {
        *text++ = '-';
        number = -number;
    } else if (!is_after_letter)
        *text++ = ' ';
    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n)
        *text++ = digits[--n];
    return text;
}

static char *write_point(char *text, int32_t x, int32_t y, int is_after_letter)
{
    return write_number(write_number(text, x, is_after_letter), y, 0);
}

static char *write_curve(char *text, const Point *points, Py_ssize_t n)
{
    int32_t x = points[n - 1].x + points->x, y = points[n - 1].y + points->y;
    *text++ = 'M';
    text = write_point(text, x, y, 1);
    *text++ = 'q';
    text = write_point(text, 2 * points->x - x, 2 * points->y - y, 1);
    for (Py_ssize_t i = 0; i < n; i++) {
        const Point *here = points + i, *after = points + (i + 1 == n ? 0 : i + 1);
        const int32_t end_x = here->x + after->x, end_y = here->y + after->y;
        if (i == 1)
            *text++ = 't';
        text = write_point(text, end_x - x, end_y - y, i == 1);
        x = end_x;
        y = end_y;
    }
    *text++ = 'z';
    return text;
}

static PyObject *paths(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer points, curves, glyphs;
    PyObject *result = NULL;
    char *text = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*", &points, &curves, &glyphs))
        return NULL;
    const Py_ssize_t n = glyphs.len / (Py_ssize_t)sizeof(int32_t) - 1;
    int is_sound = are_outlines(&points, &curves, &glyphs);
    const int32_t *starts = curves.buf, *firsts = glyphs.buf;
    Py_ssize_t most = 0; /* points of a curve, and curves of a glyph */
    for (Py_ssize_t i = 0; is_sound && i < firsts[n]; i++)
        is_sound = starts[i + 1] - starts[i] >= 2;
    if (!is_sound) {
        PyErr_Format(PyExc_ValueError, "points must be P pairs of int32 nearer to 0 than %d; curves and glyphs int32 that "
                     "rise from 0 to P and to the curves, by at least 2 points a curve; all aligned", MOST_COORDINATE);
        goto release;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        const Py_ssize_t length = 2 * MOST_DIGITS * (starts[firsts[i + 1]] - starts[firsts[i]])
            + (4 * MOST_DIGITS + 4) * (firsts[i + 1] - firsts[i]);
        most = length > most ? length : most;
    }
    text = malloc(most + 1);
    result = text ? PyList_New(n) : PyErr_NoMemory();
    for (Py_ssize_t i = 0; result && i < n; i++) {
        char *end = text;
        for (int32_t curve = firsts[i]; curve < firsts[i + 1]; curve++)
            end = write_curve(end, (const Point *)points.buf + starts[curve], starts[curve + 1] - starts[curve]);
        PyObject *path = PyBytes_FromStringAndSize(text, end - text);
        if (!path || PyList_SetItem(result, i, path))
            Py_CLEAR(result);
    }
release:
    free(text);
    PyBuffer_Release(&points);
    PyBuffer_Release(&curves);
    PyBuffer_Release(&glyphs);
    return result;
}

static PyMethodDef methods[] = {
    {"trace", trace, METH_VARARGS, "trace(images, n, height, width) -> (points, curve_starts, glyph_starts)"},
    {"draw", draw, METH_VARARGS,
     "draw(points, curve_starts, glyph_starts, pictures, scale, units, height, width, pixels, boxes) -> None"},
    {"paths", paths, METH_VARARGS, "paths(points, curve_starts, glyph_starts) -> list of bytes"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_ink", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__ink(void)
{
    return PyModuleDef_Init(&module);
}

/* The shared journal as the gateways see it: rows, who owns them, and each operation as the one transaction that it is.
   Included by replicas.pml, which says what the words mean. */

typedef row {
    mtype:state state;
    byte owner;        /* the life that works on it, 0: nobody */
    byte attempt;      /* number of the last attempt */
    bit started;       /* that attempt has begun and has no end yet */
    byte doubts;       /* set of numbers: attempts that ended ambiguous */
    byte closed;       /* set of numbers: those that a taker closed as ambiguous */
    byte maker[ATTEMPTS];  /* the life that began the attempt */
    byte place;        /* position in the order line */
}

row rows[W];
byte next_place = 1;
byte confirmed;              /* the highest total that has succeeded */
byte next_life = R + 1;      /* the next number for a life */
bit ended[LIVES];            /* columns of the table replicas, one row for each life */
byte connection[LIVES];

/* The last commit, as long as only the primary server has it; a failover forgets it. */
typedef last_commit {
    bit only_here;
    byte about;
    row before;
    byte confirmed;
}
last_commit tail;

/* A batch whose sender has lost its connection: executed later, or never. */
typedef batch {
    mtype:op op;
    byte about;
    byte number;
    mtype:verdict verdict;
    byte life;
    byte connection;
    byte maker;        /* of an attempt that is told late */
    bit concluded;     /* the sender has looked, and holds it for not written */
}
batch floating;

hidden byte wrote;
hidden byte m, l_;
/* The batch at hand. */
hidden mtype:op b_op;
hidden mtype:verdict b_verdict;
hidden byte b_about, b_number, b_life, b_connection, b_maker;


#define BIT(n) (1 << (n))
#define OTHER(i) (1 - (i))

/* The guards, each of which can be taken out. */
#ifdef NO_FENCE
#define NOT_ENDED(l) true
#else
#define NOT_ENDED(l) (!ended[l])
#endif
#ifdef NO_CONNECTION
#define CONNECTED(l, c) true
#else
#define CONNECTED(l, c) (connection[l] == (c))
#endif
#ifdef NO_OWNER
#define OWNED(i, l) true
#else
#define OWNED(i, l) (rows[i].owner == (l))
#endif
#ifdef NO_START_CAS
#define NEXT(i, n) true
#else
#define NEXT(i, n) (rows[i].attempt == (n) - 1 && !rows[i].started)
#endif
#ifdef NO_SETTLE_CAS
#define CURRENT(i, n) true
#else
#define CURRENT(i, n) (rows[i].attempt == (n))
#endif
#ifdef NO_TURN
#define TURN(i) true
#else
#define TURN(i) (!(rows[OTHER(i)].state == open && \
    (rows[OTHER(i)].place < rows[i].place || rows[OTHER(i)].started)))
#endif
#ifdef NO_TOTAL
#define RISES(i) true
#else
#define RISES(i) (!safe[i] || TOTAL(i) >= confirmed)
#endif
#ifdef NO_GREATEST
#define RAISES(i) true
#else
#define RAISES(i) (TOTAL(i) > confirmed)
#endif
#ifdef NO_MAKER
#define MADE(i, n, l) true
#else
#define MADE(i, n, l) (rows[i].maker[n] == (l))
#endif
#ifdef LATE_EXECUTED_CLEARS
#define PROVES(v) ((v) == not_executed || (v) == executed)
#else
#define PROVES(v) ((v) == not_executed)
#endif
#ifdef NO_LATE_CAS
#define LATEST(i, n) true
#else
#define LATEST(i, n) (rows[i].attempt == (n))
#endif
#ifdef NO_ONLY_DOUBT
#define ONLY_DOUBT(i, n) true
#else
#define ONLY_DOUBT(i, n) (rows[i].doubts == BIT(n))
#endif

#define FENCE(l, c) (NOT_ENDED(l) && CONNECTED(l, c))
#define IS_OPEN(i) (rows[i].state == open)
#define LINE_FREE(i) (!IS_OPEN(OTHER(i)))
#ifdef NO_LINE_LOCK
#define LINE_SEEN_FREE(i) (seen_free[i])
bit seen_free[W];
bit seen[W];
#define SEEN(i) seen[i]
#else
#define LINE_SEEN_FREE(i) LINE_FREE(i)
#define SEEN(i) true
#endif
#define CAN_START(i, n, l) (IS_OPEN(i) && OWNED(i, l) && NEXT(i, n) && TURN(i) && RISES(i))

inline begin_attempt(i, n, l) {
    rows[i].attempt = n;
    rows[i].started = 1;
    rows[i].maker[n] = l;
    one_at_a_time = !(IS_OPEN(OTHER(i)) && rows[OTHER(i)].started);
    PROMISE(one_at_a_time)
}

/* Ends the redemption or makes it unknown. What nobody needs any more is cleared, so that fewer states differ. */
inline leave(i, s) {
    rows[i].state = s;
    rows[i].owner = 0;
    rows[i].started = 0;
    rows[i].place = 0;
    if
    :: s != unknown ->
        rows[i].attempt = 0;
        rows[i].doubts = 0;
        rows[i].closed = 0;
        for (m : 0 .. ATTEMPTS - 1) {
            rows[i].maker[m] = 0
        }
        m = 0
    :: else
    fi;
    succeeded_is_true = s != succeeded || effects[i] > 0;
    PROMISE(succeeded_is_true)
    failed_is_true = s != failed || effects[i] == 0;
    PROMISE(failed_is_true)
}

inline confirm(i) {
    if
    :: safe[i] && RAISES(i) ->
        totals_rise = TOTAL(i) >= confirmed;
        PROMISE(totals_rise)
        confirmed = TOTAL(i)
    :: else
    fi
}

inline end_attempt(i, n, v) {
    if
    :: v == executed -> confirm(i); leave(i, succeeded)
    :: v == not_executed -> rows[i].started = 0; rows[i].maker[n] = 0
    :: v == ambiguous ->
        rows[i].started = 0;
        if
        :: !(rows[i].closed & BIT(n)) -> rows[i].maker[n] = 0   /* told by its maker itself */
        :: else
        fi;
        rows[i].doubts = rows[i].doubts | BIT(n);
        if
        :: safe[i]
        :: else -> leave(i, unknown)
        fi
    fi
}

/* What the taker makes of an attempt without an end. */
inline close_attempt(i, n) {
#ifdef TAKER_FORGETS
    rows[i].started = 0
#else
    rows[i].closed = rows[i].closed | BIT(n);
    end_attempt(i, n, ambiguous);
#endif
#ifdef TAKER_RESENDS
    rows[i].state = open;
    rows[i].owner = l_;
#endif
}

inline settle_late(i, n, v) {
    if
    :: v == executed -> confirm(i); leave(i, succeeded)
    :: v == not_executed -> leave(i, failed)
    :: else
    fi
}

inline forget_doubt(i, n) {
    rows[i].doubts = rows[i].doubts & ~BIT(n);
    rows[i].closed = rows[i].closed & ~BIT(n)
}


/* One batch of one operation: the fence first, then the statement with its conditions. `wrote`: it wrote something. */
inline apply(o, i, n, v, l, c, made_by) {
    wrote = false;
    l_ = l;
    if
    :: o == op_accept && FENCE(l, c) && rows[i].state == absent ->
        wrote = true;
        if
        :: RISES(i) ->
            rows[i].state = open;
            rows[i].owner = l;
            rows[i].place = next_place;
            next_place++;
            if
            :: LINE_SEEN_FREE(i) -> begin_attempt(i, 1, l)
            :: else
            fi
        :: else -> rows[i].state = failed
        fi
    :: o == op_start && FENCE(l, c) && CAN_START(i, n, l) -> wrote = true; begin_attempt(i, n, l)
    :: o == op_settle && FENCE(l, c) && IS_OPEN(i) && OWNED(i, l) && CURRENT(i, n) -> wrote = true; end_attempt(i, n, v)
    :: o == op_give_up && FENCE(l, c) && IS_OPEN(i) && OWNED(i, l) && CURRENT(i, n) && !rows[i].started ->
        wrote = true;
        if
        :: rows[i].doubts == 0 -> leave(i, failed)
        :: else -> leave(i, unknown)
        fi
    :: o == op_take && FENCE(l, c) && IS_OPEN(i) && rows[i].owner == 0 -> wrote = true; rows[i].owner = l
    :: o == op_close && FENCE(l, c) && IS_OPEN(i) && OWNED(i, l) && CURRENT(i, n) && rows[i].started ->
        wrote = true; close_attempt(i, n)
    :: o == op_give_back && FENCE(l, c) && IS_OPEN(i) && OWNED(i, l) && !rows[i].started -> wrote = true; rows[i].owner = 0
    :: o == op_tell_late && FENCE(l, c) && rows[i].state == unknown && LATEST(i, n) && MADE(i, n, made_by) &&
            (rows[i].closed & BIT(n)) && ONLY_DOUBT(i, n) && v != ambiguous ->
        wrote = true; settle_late(i, n, v)
    :: o == op_tell_late && FENCE(l, c) && PROVES(v) && (IS_OPEN(i) || rows[i].state == unknown) &&
            MADE(i, n, made_by) && (rows[i].closed & BIT(n)) && !(rows[i].state == unknown && LATEST(i, n) && ONLY_DOUBT(i, n)) ->
        wrote = true; forget_doubt(i, n)
    :: else
    fi
}

inline copy_row(to, from) {
    to.state = from.state;
    to.owner = from.owner;
    to.attempt = from.attempt;
    to.started = from.started;
    to.doubts = from.doubts;
    to.closed = from.closed;
    to.place = from.place;
    for (m : 0 .. ATTEMPTS - 1) {
        to.maker[m] = from.maker[m]
    }
    m = 0
}

/* A later commit is durable only with all before it. */
inline keep_tail() {
    if
    :: tail.only_here ->
        tail.only_here = 0;
        tail.about = 0;
        tail.confirmed = 0;
        tail.before.state = absent;
        tail.before.owner = 0;
        tail.before.attempt = 0;
        tail.before.started = 0;
        tail.before.doubts = 0;
        tail.before.closed = 0;
        tail.before.place = 0;
        for (m : 0 .. ATTEMPTS - 1) {
            tail.before.maker[m] = 0
        }
        m = 0
    :: else
    fi
}

inline no_floating() {
    floating.op = op_none;
    floating.about = 0;
    floating.number = 0;
    floating.verdict = none;
    floating.life = 0;
    floating.connection = 0;
    floating.maker = 0;
    floating.concluded = 0
}

inline float() {
    floating.op = b_op;
    floating.about = b_about;
    floating.number = b_number;
    floating.verdict = b_verdict;
    floating.life = b_life;
    floating.connection = b_connection;
    floating.maker = b_maker
}

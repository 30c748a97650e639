/*
 * Executes instructions on the processor of this computer and reports what they did.
 *
 * stdin: records (struct record below; case-record.ts has the same layout), one instruction or a short sequence each.
 * stdout: the same records with the state after the last instruction, or at the first exception.
 *
 * All cases run in one chain of signals: the handler stores the state that the finished case left in the signal
 * frame, puts the next case's state into the frame and returns, so that sigreturn loads every register at once. Each
 * case's code lies in a slot of its own, followed by INT3: the trap that ends a case without exception.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { GPR_COUNT = 16, FX_BYTES = 416, FX_HEADER = 512 };

struct record {
  uint64_t gpr[GPR_COUNT];
  uint64_t rflags;
  uint64_t rip;
  uint32_t vector; /* 0xffffffff: no exception */
  uint32_t error_code;
  uint64_t cr2;
  uint32_t uses_fpu;
  uint32_t mode; /* 64 or 32 */
  uint8_t code[CODE_LIMIT];
  uint8_t fx[512];
  uint8_t data[DATA_BYTES];
};
_Static_assert(sizeof(struct record) == RECORD_BYTES, "case-record.ts and oracle.c disagree");

enum { NO_EXCEPTION = 0xffffffff, VECTOR_BREAKPOINT = 3, USER32_CS = 0x23, USER_DS = 0x2b };
/* CF PF AF ZF SF DF OF: what a case may set. AC and the others stay as they are. */
static const uint64_t RFLAGS_MASK = 0xcd5;

/* Order of the general registers in struct record, as indexes into gregs. */
static const int GREGS[GPR_COUNT] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                     REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct record *records;
static size_t count;
static size_t current = (size_t)-1;
static uint64_t host_rflags, host_selectors;

static void die(const char *what) {
  perror(what);
  _exit(1);
}

static void finish(void) {
  const char *bytes = (const char *)records;
  size_t left = count * sizeof(struct record);
  while (left > 0) {
    ssize_t written = write(1, bytes, left);
    if (written <= 0) die("write");
    bytes += written;
    left -= (size_t)written;
  }
  _exit(0);
}

static void store_case(struct record *r, ucontext_t *context) {
  greg_t *gregs = context->uc_mcontext.gregs;
  for (int i = 0; i < GPR_COUNT; i++) r->gpr[i] = (uint64_t)gregs[GREGS[i]];
  r->rflags = (uint64_t)gregs[REG_EFL];
  r->rip = (uint64_t)gregs[REG_RIP];
  r->vector = (uint32_t)gregs[REG_TRAPNO];
  r->error_code = (uint32_t)gregs[REG_ERR];
  r->cr2 = (uint64_t)gregs[REG_CR2];
  if (r->vector == VECTOR_BREAKPOINT) {
    r->vector = NO_EXCEPTION;
    r->rip--;
  }
  if (r->uses_fpu) memcpy(r->fx, context->uc_mcontext.fpregs, FX_BYTES);
  memcpy(r->data, (void *)DATA_ADDRESS, DATA_BYTES);
}

static void load_case(const struct record *r, ucontext_t *context) {
  greg_t *gregs = context->uc_mcontext.gregs;
  for (int i = 0; i < GPR_COUNT; i++) gregs[GREGS[i]] = (greg_t)r->gpr[i];
  gregs[REG_EFL] = (greg_t)((host_rflags & ~RFLAGS_MASK) | (r->rflags & RFLAGS_MASK));
  gregs[REG_RIP] = (greg_t)r->rip;
  gregs[REG_CSGSFS] = (greg_t)host_selectors;
  if (r->mode == 32) gregs[REG_CSGSFS] = (greg_t)((host_selectors & ~0xffffULL) | USER32_CS);
  if (r->uses_fpu) {
    uint8_t *fx = (uint8_t *)context->uc_mcontext.fpregs;
    memcpy(fx, r->fx, FX_BYTES);
    *(uint64_t *)(fx + FX_HEADER) |= 3; /* x87 and SSE are not in their initial state */
  }
  memset((void *)DATA_MAP_ADDRESS, 0, EDGE_BYTES);
  memset((void *)(READ_ONLY_ADDRESS - EDGE_BYTES), 0, EDGE_BYTES);
  memcpy((void *)DATA_ADDRESS, r->data, DATA_BYTES);
}

static void on_signal(int number, siginfo_t *info, void *frame) {
  (void)number;
  (void)info;
  ucontext_t *context = frame;
  if (current == (size_t)-1) {
    host_rflags = (uint64_t)context->uc_mcontext.gregs[REG_EFL];
    host_selectors = (uint64_t)context->uc_mcontext.gregs[REG_CSGSFS];
  } else {
    store_case(&records[current], context);
  }
  if (++current == count) finish();
  load_case(&records[current], context);
}

static void *map(uintptr_t address, size_t bytes, int protection) {
  void *at = mmap((void *)address, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at == MAP_FAILED) die("mmap");
  return at;
}

static void read_records(void) {
  size_t capacity = 1 << 20, used = 0;
  char *bytes = malloc(capacity);
  for (;;) {
    if (used == capacity) bytes = realloc(bytes, capacity *= 2);
    if (!bytes) die("malloc");
    ssize_t got = read(0, bytes + used, capacity - used);
    if (got < 0) die("read");
    if (got == 0) break;
    used += (size_t)got;
  }
  records = (struct record *)bytes;
  count = used / sizeof(struct record);
}

int main(void) {
  read_records();
  if (count == 0) return 0;
  size_t code_bytes = (count * SLOT_BYTES + PAD_BYTES + 4095) & ~4095UL;
  uint8_t *code = map(CODE_ADDRESS, code_bytes, PROT_READ | PROT_WRITE | PROT_EXEC);
  memset(code, 0xcc, code_bytes);
  for (size_t i = 0; i < count; i++) memcpy((void *)records[i].rip, records[i].code, sizeof records[i].code);
  map(DATA_MAP_ADDRESS, DATA_MAP_BYTES, PROT_READ | PROT_WRITE);
  if (mprotect((void *)READ_ONLY_ADDRESS, DATA_MAP_ADDRESS + DATA_MAP_BYTES - READ_ONLY_ADDRESS, PROT_READ)) die("mprotect");

  static uint8_t signal_stack[1 << 16];
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  if (sigaltstack(&stack, NULL)) die("sigaltstack");
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  static const int SIGNALS[] = {SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGBUS};
  for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
    if (sigaction(SIGNALS[i], &action, NULL)) die("sigaction");
  /* Null in a 64-bit process; 32-bit code needs them flat. */
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(USER_DS));
  __asm__ volatile("int3");
  return 1;
}

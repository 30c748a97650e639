# What the init scripts of all images share. Source it; /bin/busybox must be there.
#
# Every line that a test or a person looks for starts with the level at which it was printed, "L1: " or
# "L2: ". The level comes from the kernel command line (innervisor.level=N, 1 when it is not there).

export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root TERM=linux

mount_kernel_file_systems() {
  busybox mount -t proc proc /proc
  busybox mount -t sysfs sysfs /sys
  busybox mount -t devtmpfs devtmpfs /dev
}

# The value of innervisor.NAME=VALUE; "yes" for the bare word innervisor.NAME; nothing when it is not there.
option() {
  for word in $(busybox cat /proc/cmdline); do
    case $word in
      "innervisor.$1="*) echo "${word#*=}" ;;
      "innervisor.$1") echo yes ;;
    esac
  done
}

say() {
  echo "L$level: $*"
}

cpu_line() {
  busybox sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo | busybox head -n 1
}

report_machine() {
  say "uname: $(busybox uname -a)"
  say "cpu: $(cpu_line 'model name')"
  say "processors: $(busybox grep -c '^processor' /proc/cpuinfo)"
  say "flags: $(cpu_line flags)"
  say "memory: $(busybox sed -n 's/^MemTotal: *//p' /proc/meminfo)"
  say "clock: $(busybox cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
  say "time: $(busybox date -u '+%Y-%m-%d %H:%M:%S UTC'), up $(busybox cut -d ' ' -f 1 /proc/uptime) s"
}

# The program that innervisor.bench=NAME names, if the bench has put it into /bench.
run_bench() {
  bench=$(option bench)
  [ -z "$bench" ] || "/bench/$bench" "$(option bench-scale)"
}

# A shell on the console with job control; comes back when it is left.
run_shell() {
  busybox --install -s /bin
  say "shell: leave it with exit or Ctrl-D to power off"
  busybox setsid busybox cttyhack busybox sh
}

power_off() {
  say "powering off"
  busybox stty brkint # any change of the terminal's settings waits until all output has left the serial port
  busybox poweroff -f
}

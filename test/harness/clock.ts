// A program whose clock is wrong, by Debian's faketime.

/**
 * What a program's environment must hold so that it sees the time `offset` (`-2h`, `+3d`) from now. Its monotonic clock goes
 * on as it is, as where a clock is set. The dynamic linker puts in $LIB.
 */
export const clockOff = (offset: string) => ({
  LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

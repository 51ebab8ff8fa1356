#include "textflag.h"

// Carries register x over the distance of the constants in X9 and adds the 16
// bytes of the operand next. X5 is scratch.
#define FOLD(x, next) \
	MOVOA     x, X5;          \
	PCLMULQDQ $0x00, X9, x;   \
	PCLMULQDQ $0x11, X9, X5;  \
	PXOR      X5, x;          \
	PXOR      next, x

// func foldBlocks(crc uint64, p *byte, n int, constants *[4]uint64, out *[16]byte)
TEXT ·foldBlocks(SB), NOSPLIT, $0-40
	MOVQ  crc+0(FP), X4
	MOVQ  p+8(FP), SI
	MOVQ  n+16(FP), CX
	MOVQ  constants+24(FP), DX
	MOVQ  out+32(FP), DI
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	PXOR  X4, X0
	MOVOU (DX), X9
	ADDQ  $64, SI
	SUBQ  $64, CX
	JZ    join

loop:
	MOVOU (SI), X6
	MOVOU 16(SI), X7
	MOVOU 32(SI), X8
	MOVOU 48(SI), X10
	FOLD(X0, X6)
	FOLD(X1, X7)
	FOLD(X2, X8)
	FOLD(X3, X10)
	ADDQ  $64, SI
	SUBQ  $64, CX
	JNZ   loop

join:
	MOVOU 16(DX), X9
	FOLD(X0, X1)
	FOLD(X0, X2)
	FOLD(X0, X3)
	MOVOU X0, (DI)
	RET

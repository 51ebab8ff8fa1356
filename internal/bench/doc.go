// Command bench measures this server beside others, in one run on one machine.
//
//	go run ./internal/bench [-quick] [-ops put,get] [-sizes 1k] [-concs 8] [-servers sallyport,versitygw] …
//	go run ./internal/bench serve [-sigv4]     # the bare net/http server alone
//
// It builds and starts every server on loopback with data of its own, drives them
// in turn (A B A B) from closed-loop connections, and prints one Markdown table of
// medians; every step is a JSON line in bench-results/. docs/benchmarks.md says
// what is measured and how to read it.
//
// The command is linked into nothing and must not know the packages it measures:
// it signs requests with code of its own, so that neither the cost nor a mistake
// of ours is on both sides of a comparison. It needs Linux (/proc, process CPU
// clocks, signals upon a parent's death).
package main

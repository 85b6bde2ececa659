package logs

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestAMillionLinesKeepTheNewestAndCountTheRest(t *testing.T) {
	const all = 1_000_000
	ring := NewRing(MaxLines, MaxBytes, nil)
	d := &decoder{emit: ring.Append}
	from, to := io.Pipe()
	go func() {
		var block []byte
		for i := range all {
			number := strconv.Itoa(all + i)[1:] // six digits
			block = append(block, frame(1, "2026-11-24T01:28:16.000"+number+"Z line "+number+"\n")...)
			if i%1000 == 999 {
				_, _ = to.Write(block) // read to the end below
				block = block[:0]
			}
		}
		_ = to.Close()
	}()
	if err := d.readMux(from); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	d.finishAll()
	got, next, dropped := ring.Since(0, all)
	if next != all || len(got) != MaxLines || dropped != all-MaxLines {
		t.Fatalf("%d lines, next %d, %d dropped", len(got), next, dropped)
	}
	for i, line := range got {
		if want := "line " + strconv.Itoa(2*all - MaxLines + i)[1:]; line.Text != want || line.Seq != uint64(all-MaxLines+i+1) { //nolint:gosec // not negative
			t.Fatalf("line %d is %q, want %q", line.Seq, line.Text, want)
		}
	}
}

// 50 MB a second for ten seconds; how many a second it can be is measured by BenchmarkDecoder.
func TestAFloodDoesNotFillTheMemory(t *testing.T) {
	line := frame(1, t1+repeat("x", 2000)+"\n")
	block := []byte(repeat(line, 5000))
	ring := NewRing(MaxLines, MaxBytes, nil)
	d := &decoder{emit: ring.Append}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 500_000_000 / len(block) {
		d.marks = [Meta]mark{} // what comes with one stamp is told from what came before a cut; here nothing was cut
		if err := d.readMux(bytes.NewReader(block)); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*MaxBytes { //nolint:gosec // far from the limit
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if n, size := ring.Size(); n > MaxLines || size > MaxBytes {
		t.Errorf("%d lines with %d bytes are held", n, size)
	}
}

func TestAnEmptyLogHasNoLine(t *testing.T) {
	for _, read := range []func(*decoder, io.Reader) error{(*decoder).readMux, func(d *decoder, r io.Reader) error { return d.readRaw(r, true) }} {
		d, got := collector(false)
		if err := read(d, strings.NewReader("")); !errors.Is(err, io.EOF) {
			t.Errorf("it ends with %v", err)
		}
		if d.finishAll(); len(*got) != 0 {
			t.Errorf("it has the lines %q", *got)
		}
	}
}

package logs

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"berth/engine/enginetest"
)

// A whole minute of 50 MB a second, as it would come: TestAFloodDoesNotFillTheMemory by the clock, and looked at on the way.
func TestAMinuteOfAFloodDoesNotFillTheMemory(t *testing.T) {
	enginetest.Slow(t)
	const blocks, aSecond = 300, 5
	line := frame(1, t1+repeat("x", 2000)+"\n")
	block := []byte(repeat(line, 10_000_000/len(line)+1))
	ring := NewRing(MaxLines, MaxBytes, nil)
	d := &decoder{emit: ring.Append}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	tick := time.NewTicker(time.Second / aSecond)
	defer tick.Stop()
	for n := 1; n <= blocks; n++ {
		<-tick.C
		d.marks = [Meta]mark{} // what comes with one stamp is told from what came before a cut; here nothing was cut
		if err := d.readMux(bytes.NewReader(block)); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if n%(10*aSecond) > 0 {
			continue
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*MaxBytes { //nolint:gosec // far from the limit
			t.Errorf("after %d MB the heap has grown by %d bytes", n*len(block)/1_000_000, grown)
		}
		if n, size := ring.Size(); n > MaxLines || size > MaxBytes {
			t.Errorf("%d lines with %d bytes are held", n, size)
		}
	}
	took := time.Since(begun)
	t.Logf("%d MB in %v", blocks*len(block)/1_000_000, took.Round(time.Millisecond))
	if took > 2*blocks/aSecond*time.Second {
		t.Errorf("it took %v: that was no flood", took)
	}
}

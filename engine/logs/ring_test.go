package logs

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func lines(n int, text string) []Line {
	all := make([]Line, n)
	for i := range all {
		all[i] = Line{Stream: Stdout, Text: text}
	}
	return all
}

func TestRingIsReadByCursor(t *testing.T) {
	tests := []struct {
		name               string
		maxLines, appended int
		seq                uint64
		limit              int
		first, n           int // Seq of the first line given, and how many
		next, dropped      uint64
	}{
		{"an empty ring gives nothing", 10, 0, 0, 5, 0, 0, 0, 0},
		{"the first reading begins with the oldest line", 10, 3, 0, 100, 1, 3, 3, 0},
		{"a reading goes on after the cursor", 10, 7, 3, 2, 4, 2, 5, 0},
		{"a cursor at the end gives nothing", 10, 7, 7, 2, 0, 0, 7, 0},
		{"a cursor of another ring comes back to the end", 10, 7, 99, 2, 0, 0, 7, 0},
		{"lines that fell out are counted", 4, 10, 1, 100, 7, 4, 10, 5},
		{"a cursor on the newest dropped line misses nothing", 4, 10, 6, 100, 7, 4, 10, 0},
		{"a limit of nothing gives nothing and loses nothing", 4, 10, 7, 0, 0, 0, 7, 0},
		{"a reading spans chunks", 2000, 1500, 100, 1000, 101, 1000, 1100, 0},
		{"a reading spans chunks of a ring that wrapped", 1000, 5000, 0, 1000, 4001, 1000, 5000, 4000},
		{"a ring of no lines holds one", 0, 3, 0, 9, 3, 1, 3, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewRing(tt.maxLines, 1<<20, nil)
			for i := range tt.appended {
				r.Append(Line{Text: fmt.Sprint(i + 1)})
			}
			got, next, dropped := r.Since(tt.seq, tt.limit)
			if len(got) != tt.n || next != tt.next || dropped != tt.dropped {
				t.Fatalf("%d lines, next %d, dropped %d; want %d, %d, %d", len(got), next, dropped, tt.n, tt.next, tt.dropped)
			}
			for i, line := range got {
				if want := tt.first + i; line.Seq != uint64(want) || line.Text != fmt.Sprint(want) {
					t.Fatalf("line %d is %d %q, want %d", i, line.Seq, line.Text, want)
				}
			}
		})
	}
}

func TestRingIsBoundedInBytes(t *testing.T) {
	r := NewRing(1_000_000, 1000, nil)
	for range 500 {
		r.Append(Line{Text: strings.Repeat("x", 90)})
		if n, bytes := r.Size(); bytes > 1000 || int64(n*90) != bytes {
			t.Fatalf("%d lines with %d bytes", n, bytes)
		}
	}
	if n, _ := r.Size(); n != 11 {
		t.Errorf("%d lines of 90 bytes in 1000 bytes, want 11", n)
	}
}

func TestALineLargerThanTheRingIsCutVisibly(t *testing.T) {
	for _, size := range []int64{1, 10, 40, 300, 4 << 20} {
		r := NewRing(10, size, nil)
		r.Append(Line{Text: strings.Repeat("é", 3<<20)})
		got, _, _ := r.Since(0, 1)
		limit := min(size, maxLine+cutRoom)
		if len(got) == 0 || int64(len(got[0].Text)) > limit || !utf8.ValidString(got[0].Text) {
			t.Fatalf("ring of %d bytes: %d lines, %d bytes", size, len(got), len(got[0].Text))
		}
		if size >= 40 && !strings.HasSuffix(got[0].Text, "bytes not kept]") {
			t.Errorf("ring of %d bytes does not say that it cut", size)
		}
	}
}

func TestRingReleasesWhatFellOut(t *testing.T) {
	r := NewRing(100_000, 1<<20, nil)
	for range 300 {
		r.Append(lines(100, strings.Repeat("x", 1000))...)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 200 {
		for range 100 {
			r.Append(Line{Text: strings.Repeat("y", 10_000)})
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes while 200 MB passed through a ring of 1 MiB", grown)
	}
	if n := len(r.chunks); n > 3 {
		t.Errorf("%d chunks held for %d lines", n, r.count)
	}
	runtime.KeepAlive(r)
}

func TestRingSignalsEachAppendWithoutItsLock(t *testing.T) {
	var r *Ring
	calls := 0
	r = NewRing(10, 1000, func() { calls++; r.Since(0, 1); r.Append() })
	before := r.Revision()
	r.Append(lines(3, "x")...)
	if calls != 1 || r.Revision() == before {
		t.Errorf("%d signals, revision %d after %d", calls, r.Revision(), before)
	}
}

func TestRingServesManyAtOnce(t *testing.T) {
	r := NewRing(500, 1<<20, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				r.Append(lines(3, "x")...)
			}
		})
		wg.Go(func() {
			var seq, seen, lost uint64
			for seq < 24_000 {
				got, next, dropped := r.Since(seq, 100)
				for i, line := range got {
					if line.Seq != seq+dropped+uint64(i)+1 {
						t.Errorf("line %d after cursor %d with %d dropped", line.Seq, seq, dropped)
						return
					}
				}
				seq, seen, lost = next, seen+uint64(len(got)), lost+dropped
			}
			if seen+lost != 24_000 {
				t.Errorf("%d seen and %d dropped of 24000", seen, lost)
			}
		})
	}
	wg.Wait()
}

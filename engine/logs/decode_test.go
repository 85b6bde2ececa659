package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	t1 = "2026-11-24T01:28:16.520212146Z "
	t2 = "2026-11-24T01:28:17.000000001Z "
	s1 = "2026-11-24T01:28:16Z "
)

// frame is one message as engines send it.
func frame(stream byte, message string) string {
	header := make([]byte, 8)
	header[0] = stream
	binary.BigEndian.PutUint32(header[4:], uint32(len(message)))
	return string(header) + message
}

// collector is a decoder and what it gave, as "stream text".
func collector(loose bool) (*decoder, *[]string) {
	var got []string
	d := &decoder{loose: loose, emit: func(lines ...Line) {
		for _, line := range lines {
			got = append(got, fmt.Sprintf("%d %s", line.Stream, line.Text))
		}
	}}
	return d, &got
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func TestMultiplexedLogBecomesLines(t *testing.T) {
	tests := []struct {
		name  string
		loose bool
		in    []string
		want  []string
	}{
		{"whole lines of both streams", false, []string{frame(1, t1+"out\n"), frame(2, t1+"err\n")}, []string{"1 out", "2 err"}},
		{"empty lines are lines", false, []string{frame(1, t1+"\n"), frame(1, t2+"\n")}, []string{"1 ", "1 "}},
		{
			"parts of 16 KiB with one stamp are one line", false,
			[]string{frame(1, t1+repeat("a", 16384)), frame(1, t1+repeat("b", 16384)), frame(1, t1+"c\n"), frame(1, t1+"next\n")},
			[]string{"1 " + repeat("a", 16384) + repeat("b", 16384) + "c", "1 next"},
		},
		{
			"a line of exactly 16 KiB ends with an empty part", false,
			[]string{frame(1, t1+repeat("a", 16384)), frame(1, t1+"\n"), frame(1, t2+"after\n")},
			[]string{"1 " + repeat("a", 16384), "1 after"},
		},
		{
			"parts of two streams do not mix", false,
			[]string{frame(1, t1+repeat("a", 16384)), frame(2, t1+"err\n"), frame(1, t1+"c\n")},
			[]string{"2 err", "1 " + repeat("a", 16384) + "c"},
		},
		{
			"a run that ended inside a line does not swallow the next run's first", false,
			[]string{frame(1, t1+"no end"), frame(1, t2+"next run\n")},
			[]string{"1 no end", "1 next run"},
		},
		{
			"an engine that cuts anywhere gives parts stamps of their own", true,
			[]string{frame(1, s1+repeat("a", 8192)), frame(1, "2026-11-24T01:28:17Z "+"b"), frame(1, "2026-11-24T01:28:17Z \n")},
			[]string{"1 " + repeat("a", 8192) + "b"},
		},
		{"the end of the last line may be missing", false, []string{frame(1, t1+"a\n"), frame(1, t2+"last")}, []string{"1 a", "1 last"}},
		{"carriage returns before the end go, others stay", false, []string{frame(1, t1+"10%\r20%\r\r\n")}, []string{"1 10%\r20%"}},
		{"bytes that are not UTF-8 are shown", false, []string{frame(1, t1+"a\xff\xc3(\xe2\x82\n")}, []string{`1 a\xFF\xC3(\xE2\x82`}},
		{
			"a character cut by a part boundary is whole", false,
			[]string{frame(1, t1+repeat("a", 16383)+"\xc3"), frame(1, t1+"\xa9\n")},
			[]string{"1 " + repeat("a", 16383) + "é"},
		},
		{"an engine's own trouble is a remark", false, []string{frame(3, "disk on fire\n")}, []string{"3 the engine reports: disk on fire"}},
		{"a message without a stamp is kept", false, []string{frame(1, t1+"a\n"), frame(1, "naked\n")}, []string{"1 a", "1 naked"}},
		{"control sequences stay", false, []string{frame(1, t1+"\x1b[31mred\x1b[0m \x00\n")}, []string{"1 \x1b[31mred\x1b[0m \x00"}},
		{"a message larger than the read buffer", false, []string{frame(1, t1+repeat("x", 200_000)+"\n")}, []string{"1 " + repeat("x", 200_000)}},
	}
	for _, tt := range tests {
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
		} {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				d, got := collector(tt.loose)
				if err := d.readMux(reader(strings.NewReader(strings.Join(tt.in, "")))); !errors.Is(err, io.EOF) {
					t.Fatalf("ended with %v", err)
				}
				d.finishAll()
				if diff := cmp.Diff(tt.want, *got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestRawLogBecomesLines(t *testing.T) {
	tests := []struct {
		name  string
		loose bool
		in    string
		want  []string
	}{
		{"lines end with CR LF", false, t1 + "a\r\n" + t2 + "\r\n", []string{"1 a", "1 "}},
		{
			"parts of 16 KiB with one stamp are one line", false,
			t1 + repeat("a", 16384) + t1 + repeat("b", 16384) + t1 + "c\r\n" + t2 + "d\r\n",
			[]string{"1 " + repeat("a", 16384) + repeat("b", 16384) + "c", "1 d"},
		},
		{"a line of exactly 16 KiB", false, t1 + repeat("a", 16384) + t1 + "\r\n", []string{"1 " + repeat("a", 16384)}},
		{"a stamp elsewhere in a line is text", false, t1 + "at " + t1 + "it was\r\n", []string{"1 at " + t1 + "it was"}},
		{
			"parts cut anywhere are one line", true,
			s1 + repeat("a", 2048) + s1 + repeat("b", 4095) + "2026-11-24T01:28:17Z " + "c\r\n" + s1 + "d\r\n",
			[]string{"1 " + repeat("a", 2048) + repeat("b", 4095) + "c", "1 d"},
		},
		{"a stamp early in a line is text there too", true, s1 + "[" + s1 + "INFO]\r\n", []string{"1 [" + s1 + "INFO]"}},
		{"the last line may have no end", false, t1 + "a\r\n" + t2 + "$ ", []string{"1 a", "1 $ "}},
		{"nothing", false, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, got := collector(tt.loose)
			if err := d.readRaw(iotest.HalfReader(strings.NewReader(tt.in)), true); !errors.Is(err, io.EOF) {
				t.Fatalf("ended with %v", err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARunThatEndedInsideARawLineIsDividedFromTheNext(t *testing.T) {
	in := t1 + "a\r\n" + t1 + "$ " + t2 + "first\r\n" + t2 + "at " + t2 + "second\r\n"
	whole := []string{"1 a", "1 $ ", "1 first", "1 at " + t2 + "second"}
	d, got := collector(false)
	_ = d.readRaw(strings.NewReader(t1+"a\r\n"+t1+"$ "), true)
	end, _ := time.Parse(time.RFC3339Nano, strings.TrimSpace(t1))
	d.runEnded(end.Add(-10 * time.Millisecond))
	for range 2 {
		d.again()
		_ = d.readRaw(strings.NewReader(in), false)
		if diff := cmp.Diff(whole, *got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStampsOfWholeSecondsDivideNoRuns(t *testing.T) {
	const s2 = "2026-11-24T01:28:17Z "
	end, _ := time.Parse(time.RFC3339Nano, strings.TrimSpace(t1))
	d, got := collector(false)
	d.runEnded(end)
	_ = d.readRaw(strings.NewReader(s1+"$ "+s2+"first\r\n"), true)
	if diff := cmp.Diff([]string{"1 $ " + s2 + "first"}, *got); diff != "" {
		t.Error(diff)
	}
}

func TestTheFileOfALogTellsHowItsLinesAreKept(t *testing.T) {
	for file, cri := range map[string]bool{
		"": false, "/var/lib/docker/containers/0123/0123-json.log": false, "/var/lib/containers/storage/overlay-containers/0123/userdata/ctr.log": true,
	} {
		if isCRI(file) != cri {
			t.Errorf("%q: %v", file, !cri)
		}
	}
}

func TestADamagedStreamIsNoticed(t *testing.T) {
	for name, in := range map[string]string{
		"an unknown stream":   frame(1, t1+"a\n") + frame(9, "x"),
		"no zero bytes":       frame(1, t1+"a\n") + "HTTP/1.1 500 oh",
		"an impossible size":  frame(1, t1+"a\n") + "\x01\x00\x00\x00\xff\xff\xff\xff",
		"a header cut short":  frame(1, t1+"a\n") + "\x01\x00",
		"a message cut short": frame(1, t1+"a\n") + frame(1, t2+"abc\n")[:20],
	} {
		t.Run(name, func(t *testing.T) {
			d, got := collector(false)
			err := d.readMux(strings.NewReader(in))
			if !errors.Is(err, errBadFrame) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("ended with %v", err)
			}
			if len(*got) != 1 {
				t.Errorf("got %q before the damage", *got)
			}
		})
	}
}

func TestALongLineIsBoundedAndSaysSo(t *testing.T) {
	var in bytes.Buffer
	for range 640 { // 10 MiB
		in.WriteString(frame(1, t1+repeat("é", 8192)))
	}
	in.WriteString(frame(1, t1+"\n"))
	d, got := collector(false)
	if err := d.readMux(&in); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	want := fmt.Sprintf(" … [%d bytes not kept]", 9<<20)
	if len(*got) != 1 || len((*got)[0]) > maxLine+100 || !strings.HasSuffix((*got)[0], want) {
		t.Errorf("%d lines, %d bytes, end %q", len(*got), len((*got)[0]), (*got)[0][len((*got)[0])-40:])
	}
	if cap(d.open[Stdout].buf) > 1<<17 {
		t.Errorf("a buffer of %d bytes is kept", cap(d.open[Stdout].buf))
	}
}

// A log is cut at every byte and read again from an overlap: each line comes once.
func TestReadingAgainAfterACutLosesAndRepeatsNothing(t *testing.T) {
	stamp := func(i int) string { return fmt.Sprintf("2026-11-24T01:28:16.%09dZ ", i/4) } // four lines share a stamp
	var whole strings.Builder
	var want []string
	for i := range 24 {
		stream := byte(1 + i%2)
		text := fmt.Sprint("line ", i)
		if i%5 == 0 { // of several parts
			whole.WriteString(frame(stream, stamp(i)+repeat("x", 40)) + frame(stream, stamp(i)+repeat("y", 40)))
		}
		whole.WriteString(frame(stream, stamp(i)+text+"\n"))
		if i%5 == 0 {
			text = repeat("x", 40) + repeat("y", 40) + text
		}
		want = append(want, fmt.Sprintf("%d %s", stream, text))
	}
	in := whole.String()
	for cut := range len(in) {
		d, got := collector(false)
		_ = d.readMux(strings.NewReader(in[:cut]))
		d.again()
		_ = d.readMux(strings.NewReader(in[:cut/2])) // cut again, inside what is known
		d.again()
		_ = d.readMux(strings.NewReader(in))
		d.finishAll()
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Fatalf("cut at byte %d: %s", cut, diff)
		}
	}
}

func TestAClockSetBackLosesNothing(t *testing.T) {
	d, got := collector(false)
	_ = d.readMux(strings.NewReader(frame(1, t2+"a\n") + frame(1, t1+"b\n") + frame(1, t1+"c\n")))
	if diff := cmp.Diff([]string{"1 a", "1 b", "1 c"}, *got); diff != "" {
		t.Error(diff)
	}
}

func TestStampsOfAllEnginesAreRead(t *testing.T) {
	for _, text := range []string{
		"2026-11-24T01:28:16.520212146Z", "2026-11-24T01:28:16Z", "2026-11-24T01:28:16+02:00",
		"2026-11-24T23:59:59.5-11:30", "1999-02-28T00:00:00.000000001Z",
	} {
		var s stamps
		got, rest, ok := s.cutStamp([]byte(text + " the rest"))
		want, _ := time.Parse(time.RFC3339Nano, text)
		if !ok || got != want.UnixNano() || string(rest) != "the rest" {
			t.Errorf("%s: %v %q %v, want %v", text, got, rest, ok, want.UnixNano())
		}
	}
	for _, text := range []string{"", "hello", "2026-11-24T01:28:16Z", "2026-11-24T01:28:16Zx", "2026-13-24T01:28:16Z x", "2026-11-24Tab:28:16Z x", "2026-11-24T01:28:16+0200 xxx"} {
		var s stamps
		if got, rest, ok := s.cutStamp([]byte(text)); ok || string(rest) != text {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

// BenchmarkDecoder measures what Berth itself costs for a line; SetBytes is what the engine sends.
func BenchmarkDecoder(b *testing.B) {
	line := frame(1, t1+repeat("opencode ", 4)+"\n")
	block := []byte(repeat(line, 10_000))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	ring := NewRing(200_000, 32<<20, nil)
	d := &decoder{emit: ring.Append}
	for n := 0; n < b.N; n += 10_000 {
		d.marks = [Meta]mark{}
		if err := d.readMux(bytes.NewReader(block)); !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// As Docker 20.10 does when the file of a log that it follows is turned over.
func TestLinesThatTheEngineSendsOnceMoreAreTakenOnce(t *testing.T) {
	d, got := collector(false)
	at := func(n int) string { return fmt.Sprintf("2026-11-24T01:28:16.5202121%02dZ ", n) }
	var in strings.Builder
	for _, n := range []int{1, 2, 3, 4, 2, 3, 4, 5, 6, 6, 5, 6, 7} {
		in.WriteString(at(n) + fmt.Sprintf("line %d\r\n", n))
	}
	_ = d.readRaw(strings.NewReader(in.String()), true)
	var want []string
	for n := range 7 {
		want = append(want, fmt.Sprintf("1 line %d", n+1))
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
	_ = d.readRaw(strings.NewReader("2026-11-24T01:28:15.000000001Z the clock was set back\r\n"), true)
	if last := (*got)[len(*got)-1]; last != "1 the clock was set back" {
		t.Errorf("the last is %q", last)
	}
}

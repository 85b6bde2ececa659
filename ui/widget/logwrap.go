package widget

import "sort"

// wrapped tells which rows the lines of a log take when long lines are wrapped. It follows a log that grows at its end and
// loses lines at its front, touching only what is new.
type wrapped struct {
	columns int
	lines   []wrappedLine
	base    int // rows of the lines that were dropped, so that ends need not be counted anew
}

type wrappedLine struct {
	seq   uint64
	cells int32
	end   int // rows of all lines up to and including this one, since the last count
}

func (w *wrapped) rowsOf(cells int) int {
	if cells <= w.columns || w.columns <= 0 {
		return 1
	}
	return (cells + w.columns - 1) / w.columns
}

// sync takes over what the log is now, in lines of that many columns; of a line no more than limit characters are
// shown.
func (w *wrapped) sync(source LogSource, columns, limit int) {
	columns = max(columns, 8)
	n := source.Len()
	if n == 0 {
		*w = wrapped{columns: columns}
		return
	}
	first := source.Line(0).Seq
	gone := sort.Search(len(w.lines), func(i int) bool { return w.lines[i].seq >= first })
	kept := len(w.lines) - gone
	if kept > n || kept > 0 && (w.lines[gone].seq != first || source.Line(kept-1).Seq != w.lines[len(w.lines)-1].seq) {
		gone, kept = len(w.lines), 0 // another log, or another choice of lines
	}
	if gone > 0 {
		w.base = w.lines[gone-1].end
		w.lines = w.lines[gone:]
	}
	if kept == 0 {
		w.lines, w.base = w.lines[:0], 0
	}
	if columns != w.columns {
		w.columns, w.base = columns, 0
		end := 0
		for i := range w.lines {
			end += w.rowsOf(int(w.lines[i].cells))
			w.lines[i].end = end
		}
	}
	for i := kept; i < n; i++ {
		line := source.Line(i)
		c := shownCells(line.Text, limit)
		w.lines = append(w.lines, wrappedLine{seq: line.Seq, cells: int32(c), end: w.total() + w.base + w.rowsOf(c)}) //nolint:gosec // a line is cut long before
	}
}

// total is the number of rows.
func (w *wrapped) total() int {
	if len(w.lines) == 0 {
		return 0
	}
	return w.lines[len(w.lines)-1].end - w.base
}

// line is the line that a row belongs to, and which of its rows that is.
func (w *wrapped) line(row int) (line, part int) {
	line = sort.Search(len(w.lines), func(i int) bool { return w.lines[i].end-w.base > row })
	if line >= len(w.lines) {
		return line, 0
	}
	return line, row - w.start(line)
}

// start is the first row of a line.
func (w *wrapped) start(line int) int {
	if line <= 0 || len(w.lines) == 0 {
		return 0
	}
	return w.lines[min(line, len(w.lines))-1].end - w.base
}

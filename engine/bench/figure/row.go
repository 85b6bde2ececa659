// Package figure is what the benchmarks have in common: how they are told what to measure, the one form of a figure, and
// BENCHMARKS.md, which is made of all figures that were measured on this computer.
package figure

import (
	"fmt"
	"slices"
	"time"
)

// Row is one figure, as BENCHMARKS.md shows it.
type Row struct {
	Measure string
	Berth   string // what was measured of Berth
	Other   string // what it is compared with, and what was measured of that; "" for nothing
	Ratio   string // "" where there is none
	Goal    string // "" for a figure without one
	Met     Verdict
	Why     string // why the goal is not reached or nothing was measured, where that is known and accepted
}

// Verdict says whether a goal is reached.
type Verdict string

// The verdicts.
const (
	Yes     Verdict = "yes"
	No      Verdict = "no"
	Unasked Verdict = "–" // nothing was measured, or there is no goal
)

// Is makes a verdict of a comparison.
func Is(met bool) Verdict {
	if met {
		return Yes
	}
	return No
}

// Excuse is a known reason why a goal is missed, and up to which ratio it explains that. The zero one explains nothing.
type Excuse struct {
	Until float64
	Why   string
}

// For gives the reason for a missed goal; "" where it is reached, or missed by more than the reason explains.
func (e Excuse) For(met bool, ratio float64) string {
	if met || ratio > e.Until {
		return ""
	}
	return e.Why
}

// Against is a row about two durations, the first of which may be so many times the other. Without an excuse, more is a failure.
func Against(measure string, ours time.Duration, other string, theirs time.Duration, most float64, excuse Excuse) Row {
	ratio := ours.Seconds() / theirs.Seconds()
	met := theirs > 0 && ratio <= most
	return Row{
		Measure: measure, Berth: Seconds(ours), Other: other + ": " + Seconds(theirs), Ratio: fmt.Sprintf("%.2f", ratio),
		Goal: fmt.Sprintf("at most %.2f", most), Met: Is(met), Why: excuse.For(met, ratio),
	}
}

// Missing is a row of what could not be measured.
func Missing(measure, other, goal, why string) Row {
	return Row{Measure: measure, Other: other, Goal: goal, Met: Unasked, Why: why}
}

// Seconds writes a duration as a figure.
func Seconds(d time.Duration) string {
	if d < time.Second {
		return d.Round(100 * time.Microsecond).String()
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// MiB writes a number of bytes as a figure.
func MiB(bytes uint64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// Percentile is the value that p of 100 do not exceed; 0 when there is none. It sorts.
func Percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*p/100)]
}

// Median is the middle one, or what is between the two in the middle; 0 when there is none. It sorts.
func Median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// Turn says whose turn it is: in every other run the order is turned around, for the second may find warm what the first had to
// read.
func Turn(run, i, sides int) int {
	if run%2 == 1 {
		return sides - 1 - i
	}
	return i
}

// Turns lets sides take turns, so that what else the computer does meets all of them, and gives the median of each. A side
// is timed as a whole, but for what before does ahead of it; before may be nil.
func Turns(runs int, before func() error, sides ...func() error) ([]time.Duration, error) {
	took := make([][]time.Duration, len(sides))
	for run := range runs {
		for i := range sides {
			i = Turn(run, i, len(sides))
			if before != nil {
				if err := before(); err != nil {
					return nil, err
				}
			}
			began := time.Now()
			if err := sides[i](); err != nil {
				return nil, err
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	medians := make([]time.Duration, len(sides))
	for i := range took {
		medians[i] = Median(took[i])
	}
	return medians, nil
}

package figure

import (
	"flag"
	"fmt"
	"strings"
	"time"
)

// Options are what the command line says. All programs are given the same.
type Options struct {
	Parts []string // those to measure; empty means all
	Dir   string   // where the figures are kept until they are joined
	Short bool

	Runs            int           // of each side of a pair
	Table, Log      time.Duration // how long the window's table changes, and lines come
	Rest            time.Duration // how long each program at rest is looked at
	Events          int           // how many events the window is to show
	Containers      int           // that are listed and shown
	Layer           int           // bytes of each of the 20 layers of the pulled image
	Context         int64         // bytes of the build context
	ContextFiles    int           // in how many files
	Lines           int           // of the log that is read
	Volume          string        // what the volume holds that is backed up
	VolumeFiles     int           // in how many files
	One, CPUProfile string        // one part, in this process, and its profile; for the programs themselves and for looking closer
}

// enough is how many runs make a median that counts.
const enough = 5

// Flags adds the options to a set of flags.
func (o *Options) Flags(set *flag.FlagSet) {
	set.BoolVar(&o.Short, "short", false, "small sizes and two runs: shows that everything works, not how fast it is")
	set.Func("part", "measure only these `parts`, with commas between", func(text string) error {
		o.Parts = strings.Split(text, ",")
		return nil
	})
	set.StringVar(&o.Dir, "dir", "bin/figures", "the folder for the figures of each part")
	set.IntVar(&o.Runs, "runs", 5, "how often each side of a pair is measured")
	set.DurationVar(&o.Table, "table", 10*time.Minute, "how long the table of 500 sandboxes changes")
	set.DurationVar(&o.Log, "log", time.Minute, "how long 50,000 lines a second come into the log")
	set.DurationVar(&o.Rest, "rest", 20*time.Second, "how long a program at rest is looked at, each time")
	set.IntVar(&o.Events, "events", 100, "how many events the window is to show")
	set.IntVar(&o.Containers, "containers", 500, "how many containers are listed and shown")
	set.IntVar(&o.Layer, "layer", 25_000_000, "bytes in each of the 20 layers of the pulled image")
	set.Int64Var(&o.Context, "context", 1<<30, "bytes in the build context")
	set.IntVar(&o.ContextFiles, "context-files", 20_000, "files in the build context")
	set.IntVar(&o.Lines, "lines", 1_000_000, "lines of the log that is read")
	set.StringVar(&o.Volume, "size", "2GiB", "what the volume holds that is backed up")
	set.IntVar(&o.VolumeFiles, "files", 50_000, "files in that volume")
	set.StringVar(&o.One, "one", "", "run one part, or one of a part's own windows, in this process")
	set.StringVar(&o.CPUProfile, "cpuprofile", "", "with -one, write a CPU profile to this file")
}

// Settle makes a short run of what was not said on the command line.
func (o *Options) Settle(set *flag.FlagSet) {
	if !o.Short {
		o.Short = o.Runs < enough
		return
	}
	said := map[string]bool{}
	set.Visit(func(f *flag.Flag) { said[f.Name] = true })
	for name, value := range map[string]string{
		"runs": "2", "table": "20s", "log": "10s", "rest": "5s", "events": "10", "containers": "60", "layer": "1000000",
		"context": "20000000", "context-files": "400", "lines": "50000", "size": "50MiB", "files": "1000",
	} {
		if !said[name] {
			if err := set.Set(name, value); err != nil {
				panic(err) // the values are written above
			}
		}
	}
}

// Wants reports whether a part is to be measured. It is named by itself or by its group.
func (o *Options) Wants(group, name string) bool {
	if len(o.Parts) == 0 {
		return true
	}
	for _, one := range o.Parts {
		if one == name || one == group {
			return true
		}
	}
	return false
}

// Check refuses parts that nobody has.
func (o *Options) Check() error {
	for _, one := range o.Parts {
		known := false
		for _, p := range Parts {
			known = known || p.Name == one || p.Group == one
		}
		if !known {
			return fmt.Errorf("there is no part %q", one)
		}
	}
	return nil
}

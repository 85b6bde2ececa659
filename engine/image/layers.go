package image

import (
	"fmt"
	"strings"
	"time"

	"github.com/docker/go-units"

	"berth/engine/task"
)

// unpackShare is how much of a layer's time goes into unpacking it, relative to downloading it.
const unpackShare = 0.4

// layers turns the messages of a pull into steps of a task, one a layer and one for all unpacking. Both message dialects
// are understood: the graph driver's and the containerd store's. One layers value serves all attempts of a pull.
//
// Steps weigh what their layers weigh. As long as a layer's size is unknown it counts like the mean of the known ones.
type layers struct {
	t      *task.Task
	prefix string // of step ids, so that two pulls in one task stay apart
	order  []*layer
	byID   map[string]*layer
	unpack *task.Step // nil until the first layer that has to be fetched
	digest string     // as the engine reported it
}

type layer struct {
	step             *task.Step
	state            layerState
	size             int64 // bytes to download; 0 while unknown
	unpacked, unpack int64 // bytes
}

type layerState int

const (
	layerWaiting layerState = iota
	layerDownloading
	layerFetched
	layerUnpacking
	layerDone
	layerPresent
)

func newLayers(t *task.Task, prefix string) *layers {
	return &layers{t: t, prefix: prefix, byID: map[string]*layer{}}
}

// begin starts an attempt: the engine will name again what it still has to fetch.
func (ls *layers) begin() {
	for _, l := range ls.order {
		if l.state < layerDone {
			l.state = layerWaiting
			l.step.Wait("waiting")
		}
	}
}

// finish closes the steps after the engine said that the pull is complete.
func (ls *layers) finish() {
	for _, l := range ls.order {
		if l.state < layerDone {
			l.state = layerDone
			l.step.Done("done")
		}
	}
	if ls.unpack != nil {
		ls.unpack.Done("done")
	}
}

// believed is a number of bytes as an engine tells it, within what can be, so that sums stay sums: 256 TiB.
func believed(n int64) int64 { return max(0, min(n, 1<<48)) }

// take reads one message.
func (ls *layers) take(msg message) {
	var current, total int64
	inSeconds := false
	if msg.Progress != nil {
		current, total = believed(msg.Progress.Current), believed(msg.Progress.Total)
		inSeconds = msg.Progress.Units == "s"
	}
	if msg.ID == "" || strings.HasPrefix(msg.Status, "Pulling from ") {
		ls.note(msg)
		return
	}
	switch {
	case msg.Status == "Pulling fs layer", msg.Status == "Waiting":
		if l := ls.of(msg.ID); l.state < layerDownloading {
			l.step.Wait("waiting")
		}
	case msg.Status == "Downloading":
		ls.download(ls.of(msg.ID), current, total)
	case msg.Status == "Verifying Checksum":
		l := ls.of(msg.ID)
		l.step.Begin("verifying")
	case msg.Status == "Download complete":
		ls.fetched(ls.of(msg.ID))
	case msg.Status == "Extracting" && inSeconds:
		l := ls.of(msg.ID)
		l.state = layerUnpacking
		l.step.Begin("unpacking · " + (time.Duration(min(current, 1<<30)) * time.Second).String())
		ls.showUnpack()
	case msg.Status == "Extracting":
		ls.extract(ls.of(msg.ID), current, total)
	case msg.Status == "Pull complete":
		ls.complete(ls.of(msg.ID))
	case strings.HasPrefix(msg.Status, "Already exists"):
		ls.present(ls.of(msg.ID))
	case strings.HasPrefix(msg.Status, "Retrying in "):
		ls.of(msg.ID).step.Wait(strings.ToLower(msg.Status[:1]) + msg.Status[1:])
	default:
		ls.t.Log(msg.ID + ": " + msg.Status)
	}
}

// note keeps what is said of the pull as a whole.
func (ls *layers) note(msg message) {
	text := strings.TrimSpace(msg.Status + msg.Stream)
	if digest, ok := strings.CutPrefix(text, "Digest: "); ok {
		ls.digest = digest
	}
	if text != "" {
		ls.t.Log(text)
	}
}

// of gives the layer of that id, made at its first mention.
func (ls *layers) of(id string) *layer {
	l, ok := ls.byID[id]
	if !ok {
		l = &layer{step: ls.t.Step(ls.prefix+id, id)}
		ls.byID[id] = l
		ls.order = append(ls.order, l)
		ls.weigh()
	}
	return l
}

func (ls *layers) download(l *layer, current, total int64) {
	l.state = layerDownloading
	l.resize(ls, max(total, current))
	l.step.Bytes("downloading", current, l.size)
}

// resize learns the size of a layer; totals come late and change.
func (l *layer) resize(ls *layers, size int64) {
	if size > 0 && size != l.size {
		l.size = size
		ls.weigh()
	}
}

func (ls *layers) fetched(l *layer) {
	if l.state >= layerFetched {
		return
	}
	l.state = layerFetched
	if l.size > 0 {
		l.step.Bytes("downloaded", l.size, l.size)
	} else {
		l.step.Begin("downloaded")
	}
	ls.showUnpack()
}

func (ls *layers) extract(l *layer, current, total int64) {
	if l.state < layerFetched {
		ls.fetched(l)
	}
	l.state, l.unpacked, l.unpack = layerUnpacking, current, max(total, current)
	detail := "unpacking"
	if total > 0 {
		detail = fmt.Sprintf("unpacking · %d %%", min(100, current*100/total))
	}
	l.step.Begin(detail)
	ls.showUnpack()
}

func (ls *layers) complete(l *layer) {
	l.state = layerDone
	l.step.Done("done")
	ls.showUnpack()
}

// present marks a layer the engine has. One that an earlier attempt of this task brought stays done.
func (ls *layers) present(l *layer) {
	if l.state == layerDone {
		return
	}
	l.state = layerPresent
	l.step.Present("already there")
	ls.weigh()
}

// weigh gives each step its share. A layer that was there already was no work and weighs nothing.
func (ls *layers) weigh() {
	mean := ls.mean()
	all := 0.0
	for _, l := range ls.order {
		weight := mean
		switch {
		case l.state == layerPresent:
			weight = 0
		case l.size > 0:
			weight = float64(l.size)
		}
		l.step.Weigh(weight / units.MiB)
		all += weight / units.MiB
	}
	if ls.unpack != nil {
		ls.unpack.Weigh(all * unpackShare)
	}
}

// mean is the mean size of the layers that know theirs.
func (ls *layers) mean() float64 {
	sum, n := 0.0, 0
	for _, l := range ls.order {
		if l.size > 0 {
			sum, n = sum+float64(l.size), n+1
		}
	}
	if n == 0 {
		return units.MiB
	}
	return sum / float64(n)
}

// showUnpack says how far unpacking is over all layers, weighed by their downloads: no engine tells in advance how many
// bytes come out. The step counts in thousandths, so that these bytes are not added to the downloaded ones.
func (ls *layers) showUnpack() {
	var through, all float64
	mean, open := ls.mean(), 0
	for _, l := range ls.order {
		size := float64(l.size)
		if size == 0 {
			size = mean
		}
		switch l.state {
		case layerPresent:
			continue
		case layerDone:
			through += size
		case layerUnpacking:
			open++
			if l.unpack > 0 {
				through += size * float64(l.unpacked) / float64(l.unpack)
			}
		default:
			open++
		}
		all += size
	}
	if ls.unpack == nil {
		ls.unpack = ls.t.Step(ls.prefix+"unpack", "Unpack")
		ls.weigh()
	}
	if open == 0 {
		ls.unpack.Done("done")
		return
	}
	share := int64(1000 * through / all)
	ls.unpack.Bytes(fmt.Sprintf("unpacking · %d %%", share/10), share, 1000)
}

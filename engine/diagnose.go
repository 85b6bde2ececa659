package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/system"

	"berth/engine/applog"
	"berth/engine/connect"
	"berth/engine/crash"
	"berth/engine/diagnose"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/task"
)

// About is what the program knows of itself and the engine layer does not, for reports.
type About struct {
	Version, Commit string
	LogFile         string               // "" when there is none
	Crashes         func() []crash.Crash // those that are kept; nil when nobody looks after them
}

// The bounds of a report.
const (
	reportPatience = 10 * time.Second // for what the engine tells of itself
	reportNotes    = 20
	reportLines    = 200 // of the log
)

// Diagnose gathers all that helps to find out what is wrong. It waits for the engine, though not long, and reads some files; the
// engine's disk is not counted for it. What cannot be had is said in the report, so it never fails.
func (e *Engine) Diagnose(ctx context.Context) diagnose.Report {
	r := e.DiagnoseEngine(ctx)
	r.At, r.Home, r.System, r.Settings = time.Now(), e.opts.Where.Home, diagnose.Here(e.opts.Where.Env), diagnose.Flatten(e.Settings())
	about := e.opts.About
	r.Program = diagnose.Program{Version: about.Version, Commit: about.Commit, Started: e.started, Settings: e.opts.Settings.Path(), LogFile: about.LogFile}
	r.Program.Go, r.Program.Fyne = diagnose.Toolchain()
	if e.opts.Secrets != nil {
		r.Program.Secrets = e.opts.Secrets.Kind()
	}
	if about.LogFile != "" {
		r.Log, r.LogErr = applog.Tail(about.LogFile, reportLines)
	}
	if about.Crashes != nil {
		r.Crashes = about.Crashes()
	}
	return r
}

// DiagnoseEngine gathers the part of a report that is of this engine and what is on it, and nothing of the program and its computer.
func (e *Engine) DiagnoseEngine(ctx context.Context) diagnose.Report {
	s := e.Snapshot()
	r := diagnose.Report{Listed: s.Listed, Connection: connectionOf(s.Engine, e.Settings().Endpoint), Failures: failuresOf(s.Tasks)}
	for _, n := range s.Notices[max(0, len(s.Notices)-reportNotes):] {
		r.Notes = append(r.Notes, diagnose.Note{At: n.At, Text: n.Text})
	}
	e.mu.Lock()
	if e.diskOf == s.Engine.Endpoint.Host { // and not of one that was in use before
		r.Disk = e.disk
	}
	e.mu.Unlock()
	digests := map[string]string{}
	if ready := e.ready.Load(); ready != nil {
		ctx, cancel := context.WithTimeout(ctx, reportPatience)
		defer cancel()
		r.Engine, r.EngineErr = askEngine(ctx, ready)
		if listed, err := image.List(ctx, ready.client); err == nil { // without it they have no digests
			for _, i := range listed {
				for _, d := range i.Digests {
					_, digests[i.ID], _ = strings.Cut(d, "@")
				}
			}
		}
	}
	for _, one := range s.Sandboxes {
		r.Sandboxes = append(r.Sandboxes, sandboxOf(one, digests[one.ImageID]))
	}
	return r
}

func connectionOf(s connect.Status, chosen string) diagnose.Connection {
	c := diagnose.Connection{
		Phase: string(s.Phase), Name: s.Endpoint.Name, Host: s.Endpoint.Host, Since: s.Since, Chosen: chosen, Err: s.Err,
	}
	for _, a := range s.Attempts {
		c.Attempts = append(c.Attempts, diagnose.Attempt{
			Name: a.Endpoint.Name, Host: a.Endpoint.Host, Source: string(a.Endpoint.Source), Tried: a.Tried, Err: a.Err, Took: a.Took,
		})
	}
	return c
}

// askEngine asks the engine what it is.
func askEngine(ctx context.Context, link *daemonLink) (*diagnose.Engine, error) {
	info, err := link.client.Info(ctx)
	if err != nil {
		return nil, fault.From("ask the engine what it is", err)
	}
	known := link.engine
	d := &diagnose.Engine{
		Product: known.Product, Version: known.Version, API: known.APIVersion, OS: info.OperatingSystem, Kernel: info.KernelVersion,
		Arch: known.Arch, CPUs: info.NCPU, Memory: info.MemTotal, Storage: storageOf(info), Root: info.DockerRootDir,
		Cgroup: cmp.Or(info.CgroupVersion, "1"), CgroupDriver: info.CgroupDriver, Runtime: info.DefaultRuntime, Init: info.InitBinary,
		LogDriver: info.LoggingDriver, Rootless: known.Rootless, BuildKit: known.BuildKit, Security: info.SecurityOptions, Lacks: lacksOf(info),
		Containers: info.Containers, Running: info.ContainersRunning, Images: info.Images, Warnings: info.Warnings,
	}
	for _, p := range []diagnose.Setting{{Name: "HTTP proxy", Value: info.HTTPProxy}, {Name: "HTTPS proxy", Value: info.HTTPSProxy}, {Name: "No proxy for", Value: info.NoProxy}} {
		if p.Value != "" {
			d.Proxies = append(d.Proxies, p)
		}
	}
	if info.RegistryConfig != nil {
		d.Mirrors = info.RegistryConfig.Mirrors
	}
	version, err := link.client.ServerVersion(ctx)
	if err != nil {
		return d, nil //nolint:nilerr // the rest is known
	}
	for _, c := range version.Components {
		if c.Name != "Engine" {
			d.Components = append(d.Components, diagnose.Setting{Name: c.Name, Value: c.Version})
		}
	}
	return d, nil
}

// storageOf is the storage driver with what the engine says is under it.
func storageOf(info system.Info) string {
	text := info.Driver
	for _, pair := range info.DriverStatus {
		if pair[0] == "Backing Filesystem" || pair[0] == "driver-type" {
			text += " on " + pair[1]
		}
	}
	return text
}

// lacksOf are the limits that Berth gives its sandboxes and this engine cannot set: its kernel has no controller for them, or the
// engine may not use it, as a rootless one without delegation.
func lacksOf(info system.Info) []string {
	var all []string
	for _, one := range []struct {
		has  bool
		what string
	}{{info.MemoryLimit, "memory"}, {info.SwapLimit, "swap"}, {info.CPUCfsQuota, "CPU"}, {info.PidsLimit, "processes"}} {
		if !one.has {
			all = append(all, one.what)
		}
	}
	return all
}

func sandboxOf(s Sandbox, digest string) diagnose.Sandbox {
	d := diagnose.Sandbox{
		Name: s.Name, State: string(s.State), Detail: s.Detail, Since: s.Since, Version: s.Version, Update: s.Update, Image: s.Spec.Image,
		ImageID: s.ImageID, Digest: digest, Address: s.Address, Memory: s.Spec.Memory, CPUs: s.Spec.CPUs, Hardened: s.Spec.Hardened, Err: s.Err,
		ContainerID: s.ContainerID, Restart: s.Spec.Restart,
	}
	for _, b := range s.Badges {
		d.Badges = append(d.Badges, b.Text)
	}
	for _, m := range slices.Backward(s.History) {
		if !m.State.Running() && m.Detail != "" {
			d.LastExit = m.Detail + ", " + m.At.UTC().Format("2006-01-02 15:04:05 UTC")
			break
		}
	}
	return d
}

// failuresOf are the newest tasks that failed, the newest first.
func failuresOf(tasks []task.View) []diagnose.Failure {
	var all []diagnose.Failure
	for _, v := range tasks {
		if v.State == task.Failed && v.Err != nil && len(all) < diagnose.MostFailures {
			all = append(all, diagnose.Failure{At: v.Ended, Title: v.Title, Err: fault.From("", v.Err)})
		}
	}
	return all
}

// MeasureDisk has the engine count what it keeps, in the background; Diagnose tells it from then on. It reads every layer and
// volume, so it can take minutes, and is never done unasked.
func (e *Engine) MeasureDisk() task.ID {
	const title = "Measuring the engine's disk"
	t := e.begin(task.Options{Kind: task.Measure, Title: title, Key: "disk"}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		of := e.endpoint(ctx)
		disk, err := countDisk(ctx, cli, t)
		if err != nil {
			return err
		}
		info, err := cli.Info(ctx)
		if err == nil && !of.Remote() {
			if room, ok := diagnose.Room("Free for the engine", info.DockerRootDir); ok {
				disk.Free = append(disk.Free, room)
			}
		}
		if room, ok := diagnose.Room("Free for backups", e.Settings().Backup.Dir()); ok {
			disk.Free = append(disk.Free, room)
		}
		disk.At = time.Now()
		e.mu.Lock()
		e.disk, e.diskOf = disk, of.Host
		e.mu.Unlock()
		t.Say(fmt.Sprintf("the engine keeps %s", sizeText(disk.Images.Bytes+disk.Containers.Bytes+disk.Volumes.Bytes+disk.Builds.Bytes)))
		return nil
	})
	e.latest.remember(t.ID(), e.MeasureDisk)
	return t.ID()
}

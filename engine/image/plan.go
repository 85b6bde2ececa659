package image

import (
	"bufio"
	"io/fs"
	"strings"
)

// instruction is one instruction of a Dockerfile, which is one step of a classic build.
type instruction struct {
	name  string // "RUN"
	text  string // the whole instruction on one line, "RUN apt-get update && ..."
	stage string // name or number of the stage it belongs to; empty before the first FROM
}

// weight is how long an instruction takes relative to others, roughly: what runs a command or brings an image is slow.
func (i instruction) weight() float64 {
	switch i.name {
	case "RUN":
		return 10
	case "FROM":
		return 3
	case "COPY", "ADD":
		return 1
	default:
		return 0.2
	}
}

// label is how the instruction is shown: "[fetch] RUN apt-get update".
func (i instruction) label() string {
	if i.stage == "" {
		return i.text
	}
	return "[" + i.stage + "] " + i.text
}

// readPlan lists the instructions of the context's Dockerfile, so that it is known from the start how much there is to do.
func readPlan(context fs.FS) ([]instruction, error) {
	file, err := context.Open("Dockerfile")
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	var plan []instruction
	var joined, stage string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if part, more := strings.CutSuffix(line, `\`); more {
			joined += strings.TrimSpace(part) + " "
			continue
		}
		one := newInstruction(joined+line, stage)
		stage, joined = one.stage, ""
		plan = append(plan, one)
	}
	return plan, lines.Err()
}

func newInstruction(text, stage string) instruction {
	words := strings.Fields(text)
	one := instruction{name: strings.ToUpper(words[0]), text: strings.Join(words, " "), stage: stage}
	if one.name != "FROM" {
		return one
	}
	one.stage = "sandbox"
	if n := len(words); n >= 4 && strings.EqualFold(words[n-2], "AS") {
		one.stage = words[n-1]
	}
	return one
}

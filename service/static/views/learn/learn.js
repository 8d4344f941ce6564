// The view Learn, whose pieces the guide has as well.

import { find } from "../../shell/elements.js";
import { fill } from "../../learn/learn.js";
import { open } from "../../shell/page.js";

fill(find("#learn", HTMLElement), "h2");
open({ name: "learn", fields: () => ({}), view: () => () => undefined }); // for what every view has, such as its link

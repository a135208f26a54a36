// The slider and the figure beside it say the same. Without this script the figure alone does it all.
"use strict";

document.querySelectorAll("[data-mirrors]").forEach((slider) => {
  const figure = document.getElementById(slider.dataset.mirrors);
  slider.addEventListener("input", () => { figure.value = slider.value; });
  figure.addEventListener("input", () => { slider.value = figure.value; });
});
